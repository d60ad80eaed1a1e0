// Stochastic gradient descent over all parameters, in place.
#include "update.h"

namespace TARGET {

namespace {

struct Rates {
  float gradientScale, learningRate, momentum;
  bool nesterov;
};

void update(float* __restrict p, const float* __restrict g, int64_t count, float decay, const Rates rates) {
  for (int64_t i = 0; i < count; i++) {
    p[i] -= rates.learningRate * (g[i] * rates.gradientScale + decay * p[i]);
  }
}

template <bool NESTEROV>
void updateWithMomentum(float* __restrict p, const float* __restrict g, float* __restrict m, int64_t count,
                        float decay, const Rates rates) {
  for (int64_t i = 0; i < count; i++) {
    const float gradient = g[i] * rates.gradientScale + decay * p[i];
    const float momentum = rates.momentum * m[i] + gradient;
    m[i] = momentum;
    p[i] -= rates.learningRate * (NESTEROV ? gradient + rates.momentum * momentum : momentum);
  }
}

}  // namespace

/**
 * p, g, m (lists of arrays; m is null without momentum), decays (weight decay of each parameter), learningRate,
 * momentum, nesterov, gradientScale
 */
void sgd(Call& call) {
  const Parameters parameters = readParameters(call, {"m"}, 0);
  Rates rates;
  rates.learningRate = float(call.number("learningRate"));
  rates.momentum = float(call.number("momentum"));
  rates.nesterov = call.flag("nesterov");
  rates.gradientScale = float(call.number("gradientScale"));
  call.done();
  parameters.update([&](const Parameter& one, int64_t from, int64_t to) {
    float *p = one.p + from, *g = one.g + from, *m = one.state[0];
    if (!m) return update(p, g, to - from, one.decay, rates);
    auto* const run = rates.nesterov ? updateWithMomentum<true> : updateWithMomentum<false>;
    run(p, g, m + from, to - from, one.decay, rates);
  });
}

}  // namespace TARGET

// RMSProp over all parameters, in place.
#include <math.h>

#include "update.h"

namespace TARGET {

namespace {

struct Rates {
  float gradientScale, learningRate, smoothing, ofSquare, momentum, epsilon;
};

/** The compiler vectorizes this loop, square root included. */
template <bool MOMENTUM>
void update(float* __restrict p, const float* __restrict g, float* __restrict v, float* __restrict m,
            int64_t count, float decay, const Rates rates) {
  for (int64_t i = 0; i < count; i++) {
    const float gradient = g[i] * rates.gradientScale + decay * p[i];
    const float square = rates.smoothing * v[i] + rates.ofSquare * (gradient * gradient);
    float direction = gradient / (sqrtf(square) + rates.epsilon);
    v[i] = square;
    if (MOMENTUM) m[i] = direction = rates.momentum * m[i] + direction;
    p[i] -= rates.learningRate * direction;
  }
}

}  // namespace

/**
 * p, g, v, m (lists of arrays; m is null without momentum), decays (weight decay of each parameter), learningRate,
 * smoothing, momentum, epsilon, gradientScale
 */
void rmsProp(Call& call) {
  const Parameters parameters = readParameters(call, {"v", "m"}, 1);
  Rates rates;
  rates.learningRate = float(call.number("learningRate"));
  const double smoothing = call.number("smoothing");
  rates.smoothing = float(smoothing);
  rates.ofSquare = float(1 - smoothing);
  rates.momentum = float(call.number("momentum"));
  rates.epsilon = float(call.number("epsilon"));
  rates.gradientScale = float(call.number("gradientScale"));
  call.done();
  parameters.update([&](const Parameter& one, int64_t from, int64_t to) {
    float *p = one.p + from, *g = one.g + from, *v = one.state[0] + from, *m = one.state[1];
    if (m) update<true>(p, g, v, m + from, to - from, one.decay, rates);
    else update<false>(p, g, v, nullptr, to - from, one.decay, rates);
  });
}

}  // namespace TARGET

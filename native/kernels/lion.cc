// Lion over all parameters, in place.
#include "update.h"

namespace TARGET {

namespace {

struct Rates {
  float gradientScale, learningRate, beta1, ofGradient1, beta2, ofGradient2;
};

void update(float* __restrict p, const float* __restrict g, float* __restrict m, int64_t count,
            float shrinkage, const Rates rates) {
  for (int64_t i = 0; i < count; i++) {
    const float gradient = g[i] * rates.gradientScale;
    const float direction = rates.beta1 * m[i] + rates.ofGradient1 * gradient;
    const float sign = direction > 0 ? 1.0f : direction < 0 ? -1.0f : 0.0f;
    m[i] = rates.beta2 * m[i] + rates.ofGradient2 * gradient;
    p[i] -= p[i] * shrinkage + rates.learningRate * sign;
  }
}

}  // namespace

/**
 * p, g, m (lists of arrays), decays (learning rate · weight decay of each parameter), learningRate, beta1, beta2,
 * gradientScale
 */
void lion(Call& call) {
  const Parameters parameters = readParameters(call, {"m"});
  const double learningRate = call.number("learningRate"), beta1 = call.number("beta1"),
               beta2 = call.number("beta2"), gradientScale = call.number("gradientScale");
  call.done();
  const Rates rates = {float(gradientScale), float(learningRate), float(beta1),
                       float(1 - beta1),     float(beta2),        float(1 - beta2)};
  parameters.update([&](const Parameter& one, int64_t from, int64_t to) {
    update(one.p + from, one.g + from, one.state[0] + from, to - from, one.decay, rates);
  });
}

}  // namespace TARGET

// AdamW over all parameters, in place.
#include <math.h>

#include "update.h"

namespace TARGET {

namespace {

struct Rates {
  float gradientScale, beta1, ofGradient, beta2, ofSquare, stepSize, squareScale, epsilon;
};

/** The compiler vectorizes this loop, square root included. */
void update(float* __restrict p, const float* __restrict g, float* __restrict m, float* __restrict v,
            int64_t count, float shrinkage, const Rates rates) {
  for (int64_t i = 0; i < count; i++) {
    const float gradient = g[i] * rates.gradientScale;
    const float mean = rates.beta1 * m[i] + rates.ofGradient * gradient;
    const float square = rates.beta2 * v[i] + rates.ofSquare * (gradient * gradient);
    m[i] = mean;
    v[i] = square;
    p[i] -= p[i] * shrinkage + rates.stepSize * mean / (sqrtf(square * rates.squareScale) + rates.epsilon);
  }
}

}  // namespace

/**
 * p, g, m, v (lists of arrays), decays (learning rate · weight decay of each parameter), learningRate, beta1, beta2,
 * epsilon, step, gradientScale
 */
void adamW(Call& call) {
  const Parameters parameters = readParameters(call, {"m", "v"});
  const double learningRate = call.number("learningRate"), beta1 = call.number("beta1"),
               beta2 = call.number("beta2"), epsilon = call.number("epsilon"), step = call.number("step"),
               gradientScale = call.number("gradientScale");
  call.done();
  const Rates rates = {float(gradientScale),
                       float(beta1),
                       float(1 - beta1),
                       float(beta2),
                       float(1 - beta2),
                       float(learningRate / (1 - pow(beta1, step))),
                       float(1 / (1 - pow(beta2, step))),
                       float(epsilon)};
  parameters.update([&](const Parameter& one, int64_t from, int64_t to) {
    update(one.p + from, one.g + from, one.state[0] + from, one.state[1] + from, to - from, one.decay, rates);
  });
}

}  // namespace TARGET

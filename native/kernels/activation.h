// GELU as GPT-2 has it, ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), and its derivative.
#pragma once
#include "simd.h"

namespace TARGET {

constexpr float GELU_SCALE = 0.7978845608028654f, GELU_CUBE = 0.044715f;

// ½ (1 + tanh u) is the logistic function of 2u: one exponential.
static inline V gelu(V x) { return x * sigmoid(2 * GELU_SCALE * (x + GELU_CUBE * x * x * x)); }

static inline V geluDerivative(V x) {
  const V s = sigmoid(2 * GELU_SCALE * (x + GELU_CUBE * x * x * x));
  return s + x * s * (1.0f - s) * (2 * GELU_SCALE) * (1.0f + 3 * GELU_CUBE * x * x);
}

}  // namespace TARGET

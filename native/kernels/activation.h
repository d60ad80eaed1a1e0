// GELU as GPT-2 has it, ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), and as BERT has it, ½ x (1 + erf(x/√2)); SiLU, x · sigmoid x;
// ReLU², the square of what is positive; with their derivatives.
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

static inline V silu(V x) { return x * sigmoid(x); }

static inline V siluDerivative(V x) {
  const V s = sigmoid(x);
  return s + x * s * (1.0f - s);
}

static inline V relu2(V x) {
  const V positive = atLeast(x, 0.0f);
  return positive * positive;
}

static inline V relu2Derivative(V x) { return 2.0f * atLeast(x, 0.0f); }

static inline V absolute(V x) { return (V)((VU)x & 0x7fffffffu); }

/** The approximation that tfjs takes: Abramowitz and Stegun 7.1.26, to 2e-7 absolute. */
static inline V errorFunction(V x) {
  const V size = absolute(x), t = 1.0f / (1.0f + 0.3275911f * size);
  V p = splat(1.061405429f);
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const V result = 1.0f - p * t * exponential(-size * size);
  return x < 0.0f ? -result : result;
}

static inline V normalDistribution(V x) { return 0.5f * (1.0f + errorFunction(0.7071067811865476f * x)); }

static inline V geluErf(V x) { return x * normalDistribution(x); }

static inline V geluErfDerivative(V x) {
  return normalDistribution(x) + 0.3989422804014327f * x * exponential(-0.5f * x * x);
}

}  // namespace TARGET

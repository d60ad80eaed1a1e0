// Muon over all matrices, in place. Each matrix is a task, and its products run on one thread: the matrices are many and small.
#include <cmath>

#include "gemm.h"
#include "update.h"

namespace TARGET {

namespace {

constexpr int ITERATIONS = 5;
/** Of the polynomial that drives singular values towards 1, chosen to be steep at 0. */
constexpr float A = 3.4445f, B = -4.775f, C = 2.0315f;
constexpr double SMALLEST_NORM = 1e-7;

/** m becomes the mean of the gradients, and x Nesterov's look ahead of it, divided by its norm. */
void direct(const Parameter& one, float kept, float gradientScale, float* x) {
  const float* __restrict g = one.g;
  float* __restrict m = one.state[0];
  const float added = (1 - kept) * gradientScale;
  for (int64_t i = 0; i < one.count; i++) {
    m[i] = kept * m[i] + added * g[i];
    x[i] = kept * m[i] + added * g[i];
  }
  double squares = 0;
  for (int64_t i = 0; i < one.count; i++) squares += double(x[i]) * x[i];
  const double norm = sqrt(squares);
  const float scale = float(1 / (norm > SMALLEST_NORM ? norm : SMALLEST_NORM));
  for (int64_t i = 0; i < one.count; i++) x[i] *= scale;
}

/** x (I, O), or the buffer beside it, with singular values near 1: five Newton-Schulz iterations. */
float* orthogonal(int64_t I, int64_t O, float* x, float* next) {
  const bool tall = I > O;
  const int64_t S = tall ? O : I;
  float* gram = scratch(5, 2 * S * S);  // (S, S), of the shorter side's vectors
  float* square = gram + S * S;
  for (int step = 0; step < ITERATIONS; step++) {
    const Matrix rows = {x, O}, columns = transposed(rows);
    if (tall) gemm(S, S, I, columns, rows, gram, S);
    else gemm(S, S, O, rows, columns, gram, S);
    gemm(S, S, S, {gram, S}, {gram, S}, square, S);
    for (int64_t i = 0; i < S * S; i++) gram[i] = B * gram[i] + C * square[i];
    for (int64_t i = 0; i < S; i++) gram[i * S + i] += A;
    if (tall) gemm(I, O, O, rows, {gram, O}, next, O);
    else gemm(I, O, I, {gram, I}, rows, next, O);
    float* const before = x;
    x = next, next = before;
  }
  return x;
}

}  // namespace

/**
 * p, g, m (lists of matrices), decays (learning rate · weight decay of each), inputs (rows of each), rates (the learning rate of
 * each), momentum, gradientScale
 */
void muon(Call& call) {
  const Parameters parameters = readParameters(call, {"m"});
  const int32_t* inputs = call.ints("inputs", parameters.count);
  const float* rates = call.floats("rates", parameters.count);
  const double momentum = call.number("momentum"), gradientScale = call.number("gradientScale");
  call.done();
  for (int64_t i = 0; i < parameters.count; i++) {
    const int64_t count = parameters.all[i].count;
    if (inputs[i] < 1 || count % inputs[i] != 0) {
      fail("expected %lld numbers in whole rows, but got %d rows", (long long)count, inputs[i]);
    }
  }
  parallel(parameters.count, [&](int64_t i) {
    const Parameter& one = parameters.all[i];
    float* x = scratch(2, one.count);
    direct(one, float(momentum), float(gradientScale), x);
    const float* __restrict direction = orthogonal(inputs[i], one.count / inputs[i], x, scratch(3, one.count));
    float* __restrict to = one.p;
    for (int64_t j = 0; j < one.count; j++) to[j] -= to[j] * one.decay + rates[i] * direction[j];
  });
}

}  // namespace TARGET

// linear: y (N, O) = x (N, I) · weight (I, O) + bias, then GELU or plus a residual; and its gradient.
#include "../addon/call.h"
#include "activation.h"
#include "gemm.h"
#include "gemv.h"
#include "ranges.h"

namespace TARGET {

namespace {

/** The product of few rows, or batch-invariant; then GELU or the residual over the little that came out. */
template <class Element>
void linearOfFew(int64_t N, int64_t I, int64_t O, const float* x, const Element* weight, const float* bias,
                 const float* residual, float* y, float* beforeGelu) {
  fewRows(N, O, I, x, I, weight, bias, y);
  if (!residual && !beforeGelu) return;
  if (beforeGelu) memcpy(beforeGelu, y, size_t(N * O) * sizeof(float));
  inRanges(N * O, TASK, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i += W) {
      const V value = loadUpTo(y + i, to - i);
      storeUpTo(y + i, residual ? value + loadUpTo(residual + i, to - i) : gelu(value), to - i);
    }
  });
}

/** bfloat16 as floats, for products of many rows. */
const float* widened(const uint16_t* from, int64_t count) {
  float* to = scratch(4, count);
  inRanges(count, TASK, [&](int64_t start, int64_t end) {
    for (int64_t i = start; i < end; i++) to[i] = fromHalf(from[i]);
  });
  return to;
}

/** dy · gelu′(beforeGelu) */
const float* slopes(int64_t count, const float* dy, const float* beforeGelu) {
  float* slope = scratch(4, count);
  inRanges(count, TASK / 2, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i += W) {
      storeUpTo(slope + i, loadUpTo(dy + i, to - i) * geluSlope(loadUpTo(beforeGelu + i, to - i)), to - i);
    }
  });
  return slope;
}

}  // namespace

/**
 * N, I, O, batch-invariant?, x (N, I), weight (I, O) floats or bfloat16, bias (O), residual (N, O)?, y (N, O),
 * beforeGelu (N, O)?
 */
void linear(Call& call) {
  const int64_t N = call.size("N", 0), I = call.size("I"), O = call.size("O");
  const bool few = call.flag("batchInvariant") || N <= FEW_ROWS;
  const float* x = call.floats("x", ::product(N, I));
  const bool halves = call.nextIsHalves();
  const uint16_t* narrow = halves ? call.halves("weight", ::product(I, O)) : nullptr;
  const float* weight = halves ? nullptr : call.floats("weight", ::product(I, O));
  const float* bias = call.floats("bias", O);
  const float* residual = call.floatsOrNull("residual", ::product(N, O));
  float* y = call.floats("y", ::product(N, O));
  float* beforeGelu = call.floatsOrNull("beforeGelu", ::product(N, O));
  call.done();
  if (residual && beforeGelu) fail("a residual and GELU do not go together");
  if (few && halves) return linearOfFew(N, I, O, x, narrow, bias, residual, y, beforeGelu);
  if (few) return linearOfFew(N, I, O, x, weight, bias, residual, y, beforeGelu);
  if (halves) weight = widened(narrow, I * O);
  Epilogue epilogue;
  epilogue.bias = bias;
  epilogue.residual = residual;
  epilogue.beforeGelu = beforeGelu;
  gemm(N, O, I, {x, I}, {weight, O}, y, O, epilogue);
}

/** N, I, O, dy, x, weight, beforeGelu?, dx, dweight, dbias */
void linearGrad(Call& call) {
  const int64_t N = call.size("N", 0), I = call.size("I"), O = call.size("O");
  const float* dy = call.floats("dy", ::product(N, O));
  const float* x = call.floats("x", ::product(N, I));
  const float* weight = call.floats("weight", ::product(I, O));
  const float* beforeGelu = call.floatsOrNull("beforeGelu", ::product(N, O));
  float* dx = call.floats("dx", ::product(N, I));
  float* dweight = call.floats("dweight", ::product(I, O));
  float* dbias = call.floats("dbias", O);
  call.done();
  const float* slope = beforeGelu ? slopes(N * O, dy, beforeGelu) : dy;
  Epilogue sums;
  sums.columnSums = dbias;
  gemm(I, O, N, transposed(Matrix{x, I}), {slope, O}, dweight, O, sums);
  gemm(N, I, O, {slope, O}, transposed(Matrix{weight, O}), dx, I);
}

}  // namespace TARGET

// linear: y (N, O) = x (N, I) · weight (I, O) + bias?, then GELU or a residual added; and its gradient.
#include "../addon/call.h"
#include "activation.h"
#include "gemm.h"
#include "gemv.h"
#include "ranges.h"

namespace TARGET {

namespace {

/** For a few rows, or batch-invariant: gemv, which reads weight once, then GELU or the residual over the small result. */
template <class Element>
void linearByGemv(int64_t N, int64_t I, int64_t O, const float* x, const Element* weight, const float* bias,
                 const float* residual, float* y, float* beforeGelu) {
  gemv(N, O, I, x, I, weight, bias, y);
  if (!residual && !beforeGelu) return;
  if (beforeGelu) memcpy(beforeGelu, y, size_t(N * O) * sizeof(float));
  inRanges(N * O, TASK, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i += W) {
      const V value = loadUpTo(y + i, to - i);
      storeUpTo(y + i, residual ? value + loadUpTo(residual + i, to - i) : gelu(value), to - i);
    }
  });
}

/** Converts bfloat16 to floats, for gemm. */
const float* widened(const uint16_t* from, int64_t count) {
  float* to = scratch(4, count);
  inRanges(count, TASK, [&](int64_t start, int64_t end) {
    for (int64_t i = start; i < end; i++) to[i] = fromHalf(from[i]);
  });
  return to;
}

/** dy · gelu′(beforeGelu): the gradient before GELU. */
const float* throughGelu(int64_t count, const float* dy, const float* beforeGelu) {
  float* result = scratch(4, count);
  inRanges(count, TASK / 2, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i += W) {
      storeUpTo(result + i, loadUpTo(dy + i, to - i) * geluDerivative(loadUpTo(beforeGelu + i, to - i)), to - i);
    }
  });
  return result;
}

/** The sums of a matrix's columns, (N, O) → (O). */
void columnSums(int64_t N, int64_t O, const float* rows, float* sums) {
  inRanges(O, TASK / (N + 1) / W * W + W, [&](int64_t from, int64_t to) {
    sumColumns(rows + from, O, N, to - from, sums + from, false);
  });
}

}  // namespace

/**
 * N, I, O, batch-invariant?, x (N, I), weight (I, O) floats or bfloat16, bias (O)?, residual (N, O)?, y (N, O),
 * beforeGelu (N, O)?
 */
void linear(Call& call) {
  const int64_t N = call.size("N", 0), I = call.size("I"), O = call.size("O");
  const bool byGemv = call.flag("batchInvariant") || N <= GEMV_ROWS;
  const float* x = call.floats("x", ::product(N, I));
  const bool halves = call.nextIsHalves();
  const uint16_t* narrow = halves ? call.halves("weight", ::product(I, O)) : nullptr;
  const float* weight = halves ? nullptr : call.floats("weight", ::product(I, O));
  const float* bias = call.floatsOrNull("bias", O);
  const float* residual = call.floatsOrNull("residual", ::product(N, O));
  float* y = call.floats("y", ::product(N, O));
  float* beforeGelu = call.floatsOrNull("beforeGelu", ::product(N, O));
  call.done();
  if (residual && beforeGelu) fail("a residual and GELU do not go together");
  if (byGemv && halves) return linearByGemv(N, I, O, x, narrow, bias, residual, y, beforeGelu);
  if (byGemv) return linearByGemv(N, I, O, x, weight, bias, residual, y, beforeGelu);
  if (halves) weight = widened(narrow, I * O);
  Epilogue epilogue;
  epilogue.bias = bias;
  epilogue.residual = residual;
  epilogue.beforeGelu = beforeGelu;
  gemm(N, O, I, {x, I}, {weight, O}, y, O, epilogue);
}

/**
 * N, I, O, dy (N, O), x (N, I)?, weight (I, O)?, beforeGelu (N, O)?, and the gradients that are wanted: dx (N, I)?, which needs
 * weight, dWeight (I, O)?, which needs x, dBias (O)?
 */
void linearGrad(Call& call) {
  const int64_t N = call.size("N", 0), I = call.size("I"), O = call.size("O");
  const float* dy = call.floats("dy", ::product(N, O));
  const float* x = call.floatsOrNull("x", ::product(N, I));
  const float* weight = call.floatsOrNull("weight", ::product(I, O));
  const float* beforeGelu = call.floatsOrNull("beforeGelu", ::product(N, O));
  float* dx = weight ? call.floatsOrNull("dx", ::product(N, I)) : call.floatsOrNull("dx", 0);
  float* dWeight = x ? call.floatsOrNull("dWeight", ::product(I, O)) : call.floatsOrNull("dWeight", 0);
  float* dBias = call.floatsOrNull("dBias", O);
  call.done();
  const float* before = beforeGelu ? throughGelu(N * O, dy, beforeGelu) : dy;
  Epilogue sums;
  sums.columnSums = dBias;
  if (dWeight) gemm(I, O, N, transposed(Matrix{x, I}), {before, O}, dWeight, O, sums);
  else if (dBias) columnSums(N, O, before, dBias);
  if (dx) gemm(N, I, O, {before, O}, transposed(Matrix{weight, O}), dx, I);
}

}  // namespace TARGET

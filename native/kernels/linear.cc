// linear: y (N, O) = x (N, I) · weight (I, O) + bias, then GELU or plus a residual; and its gradient.
#include "../addon/call.h"
#include "activation.h"
#include "gemm.h"
#include "gemv.h"

namespace TARGET {

namespace {

/** Few rows: the product by reading weight once, then GELU or the residual over the little that came out. */
template <class Element>
void linearOfFew(int64_t N, int64_t I, int64_t O, const float* x, const Element* weight, const float* bias,
                 const float* residual, float* y, float* beforeGelu) {
  fewRows(N, O, I, x, I, weight, bias, y);
  const int64_t count = N * O;
  if (beforeGelu) memcpy(beforeGelu, y, size_t(count) * sizeof(float));
  int64_t i = 0;
  for (; i + W <= count && (residual || beforeGelu); i += W) {
    store(y + i, residual ? load(y + i) + load(residual + i) : gelu(load(y + i)));
  }
  for (; i < count && (residual || beforeGelu); i++) {
    y[i] = residual ? y[i] + residual[i] : gelu(splat(y[i]))[0];
  }
}

/** bfloat16 as floats, for products of many rows. */
const float* widened(const uint16_t* from, int64_t count) {
  float* to = scratch(4, count);
  constexpr int64_t EACH = 65536;
  parallel((count + EACH - 1) / EACH, [&](int64_t task) {
    const int64_t end = count < (task + 1) * EACH ? count : (task + 1) * EACH;
    for (int64_t i = task * EACH; i < end; i++) to[i] = fromHalf(from[i]);
  });
  return to;
}

/** slope (N, O) = dy · gelu′(beforeGelu), or dy itself; and its sums down the columns. */
void slopeAndSums(int64_t N, int64_t O, const float* dy, const float* beforeGelu, float* slope, float* sums) {
  constexpr int64_t COLUMNS = 4 * W;
  parallel((O + COLUMNS - 1) / COLUMNS, [&](int64_t task) {
    const int64_t from = task * COLUMNS, columns = O - from < COLUMNS ? O - from : COLUMNS;
    V totals[4] = {};
    for (int64_t n = 0; n < N; n++) {
      for (int64_t j = 0; j * W < columns; j++) {
        const int64_t place = n * O + from + j * W, left = columns - j * W;
        V value = left >= W ? load(dy + place) : loadPart(dy + place, left);
        if (beforeGelu) {
          value *= geluSlope(left >= W ? load(beforeGelu + place) : loadPart(beforeGelu + place, left));
          if (left >= W) store(slope + place, value);
          else storePart(slope + place, value, left);
        }
        totals[j] += value;
      }
    }
    for (int64_t j = 0; j * W < columns; j++) {
      storePart(sums + from + j * W, totals[j], columns - j * W < W ? columns - j * W : W);
    }
  });
}

}  // namespace

/** N, I, O, x (N, I), weight (I, O) floats or bfloat16, bias (O), residual (N, O)?, y (N, O), beforeGelu (N, O)? */
void linear(Call& call) {
  const int64_t N = call.size("N", 0), I = call.size("I"), O = call.size("O");
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
  if (N <= FEW_ROWS && halves) return linearOfFew(N, I, O, x, narrow, bias, residual, y, beforeGelu);
  if (N <= FEW_ROWS) return linearOfFew(N, I, O, x, weight, bias, residual, y, beforeGelu);
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
  float* slope = beforeGelu ? scratch(4, N * O) : nullptr;
  slopeAndSums(N, O, dy, beforeGelu, slope, dbias);
  const float* out = slope ? slope : dy;
  gemm(N, I, O, {out, O}, transposed(Matrix{weight, O}), dx, I);
  gemm(I, O, N, transposed(Matrix{x, I}), {out, O}, dweight, O);
}

}  // namespace TARGET

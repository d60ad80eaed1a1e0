// The parts of attention: products of a block, and the exponentials of a row.
#include "attention.h"

namespace TARGET {

void copyRows(Rows from, int64_t count, int64_t D, float scale, float* to) {
  const int64_t stride = copyStride(D);
  for (int64_t i = 0; i < count; i++, to += stride) {
    const float* row = from[i];
    int64_t d = 0;
    for (; d + W <= D; d += W) store(to + d, load(row + d) * scale);
    if (d < D) store(to + d, loadPart(row + d, D - d) * scale), d += W;
    for (; d < stride; d += W) store(to + d, V{});
  }
}

void multiplyAcross(const Block& block, const float* a, const float* packed, float* scores, int64_t stride) {
  const auto [rows, before, keys, D] = block;
  const int64_t aStride = copyStride(D);
  for (int64_t j = 0; j < keys; j += NR) {
    for (int64_t r = 0; r < rows; r += MR) {
      const int64_t height = least(MR, rows - r);
      const int64_t columns = block.seen(r, height) - j;
      if (columns <= 0) continue;
      tile(height, columns <= W ? W : NR, D, {a + r * aStride, aStride}, packed + j * D, NR,
           scores + r * stride + j, stride, false);
    }
  }
}

void mix(const Block& block, const float* weights, int64_t stride, const float* b, float* c, int64_t cStride,
         bool accumulate) {
  const auto [rows, before, keys, D] = block;
  for (int64_t d = 0; d < D; d += NR) {
    for (int64_t r = 0; r < rows; r += MR) {
      const int64_t height = least(MR, rows - r);
      tile(height, least(NR, D - d), block.seen(r, height), {weights + r * stride, stride}, b + d,
           copyStride(D), c + r * cStride + d, cStride, accumulate);
    }
  }
}

void mixBack(const Block& block, const float* weights, int64_t stride, const float* b, float* c,
             int64_t cStride, bool accumulate) {
  const auto [rows, before, keys, D] = block;
  const int64_t bStride = copyStride(D);
  for (int64_t d = 0; d < D; d += NR) {
    for (int64_t j = 0; j < keys; j += MR) {
      const int64_t r = j > before ? j - before : 0;  // the first query that sees key j
      tile(least(MR, keys - j), least(NR, D - d), rows - r, {weights + r * stride + j, 1, stride},
           b + r * bStride + d, bStride, c + j * cStride + d, cStride, accumulate);
    }
  }
}

float exponentials(float* row, int64_t n, int64_t end, float* logSumExp) {
  V most = splat(-__builtin_inff());
  for (int64_t j = 0; j < n; j += W) most = select(within(n - j), maximum(most, load(row + j)), most);
  const float top = largest(most);
  V total = {};
  for (int64_t j = 0; j < n; j += W) {
    const V e = select(within(n - j), exponential(load(row + j) - top), V{});
    total += e;
    store(row + j, e);
  }
  clearAfter(row, n, end);
  const float result = sum(total);
  if (logSumExp) *logSumExp = top + logf(result);
  return result;
}

float dot(const float* a, const float* b, int64_t n) {
  V total = {};
  int64_t i = 0;
  for (; i + W <= n; i += W) total += load(a + i) * load(b + i);
  if (i < n) total += loadPart(a + i, n - i) * loadPart(b + i, n - i);
  return sum(total);
}

}  // namespace TARGET

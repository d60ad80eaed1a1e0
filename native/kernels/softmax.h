// softmaxRow: the softmax of n numbers; x and y may be the same.
#pragma once
#include "simd.h"

namespace TARGET {

static inline void softmaxRow(int64_t n, const float* x, float* y) {
  constexpr float LOWEST = -__builtin_inff();
  V most = splat(LOWEST);
  int64_t i = 0;
  for (; i + W <= n; i += W) most = maximum(most, load(x + i));
  const int64_t whole = i, rest = n - i;
  if (rest > 0) most = maximum(most, loadPart(x + i, rest, LOWEST));
  const V top = splat(largest(most));
  V total = {};
  for (i = 0; i < whole; i += W) {
    const V e = exponential(load(x + i) - top);
    store(y + i, e);
    total += e;
  }
  if (rest > 0) {
    const V e = exponential(loadPart(x + i, rest, LOWEST) - top);
    storePart(y + i, e, rest);
    total += e;
  }
  const V all = splat(sum(total));
  for (i = 0; i < whole; i += W) store(y + i, load(y + i) / all);
  if (rest > 0) storePart(y + i, loadPart(y + i, rest) / all, rest);
}

}  // namespace TARGET

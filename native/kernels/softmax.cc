// Softmax of each row.
#include "../addon/call.h"
#include "ranges.h"
#include "simd.h"

namespace TARGET {

namespace {

constexpr float LOWEST = -__builtin_inff();

void softmaxRow(int64_t n, const float* x, float* y) {
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

}  // namespace

/** rows, n, x (rows, n), y (rows, n) */
void softmax(Call& call) {
  const int64_t rows = call.size("rows", 0), n = call.size("n", 0);
  const float* x = call.floats("x", ::product(rows, n));
  float* y = call.floats("y", ::product(rows, n));
  call.done();
  inRanges(rows, TASK / 4 / (n + 1), [&](int64_t from, int64_t to) {
    for (int64_t row = from; row < to; row++) softmaxRow(n, x + row * n, y + row * n);
  });
}

}  // namespace TARGET

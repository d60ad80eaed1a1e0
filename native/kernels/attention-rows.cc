// The softmax of attention, which is the same whatever the products' operands are.
#include "attention.h"

namespace TARGET {

float exponentials(float* row, int64_t n, int64_t end, float scale, float* logSumExp) {
  V most = splat(-__builtin_inff());
  for (int64_t j = 0; j < n; j += W) most = select(within(n - j), maximum(most, load(row + j)), most);
  const float top = largest(most);
  V total = {};
  for (int64_t j = 0; j < n; j += W) {
    const V e = select(within(n - j), exponential((load(row + j) - top) * scale), V{});
    total += e;
    store(row + j, e);
  }
  clearAfter(row, n, end);
  const float result = sum(total);
  if (logSumExp) *logSumExp = top * scale + logf(result);
  return result;
}

}  // namespace TARGET

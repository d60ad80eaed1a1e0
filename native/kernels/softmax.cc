// Softmax of each row.
#include "../addon/call.h"
#include "ranges.h"
#include "softmax.h"

namespace TARGET {

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

// geluErf: ½ x (1 + erf(x/√2)) of each element; and its gradient.
#include "../addon/call.h"
#include "activation.h"
#include "ranges.h"

namespace TARGET {

/** count, x (count), y (count) */
void geluErf(Call& call) {
  const int64_t count = call.size("count", 0);
  const float* x = call.floats("x", count);
  float* y = call.floats("y", count);
  call.done();
  inRanges(count, TASK / 2, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i += W) storeUpTo(y + i, geluErf(loadUpTo(x + i, to - i)), to - i);
  });
}

/** count, dy (count), x (count), dx (count) */
void geluErfGrad(Call& call) {
  const int64_t count = call.size("count", 0);
  const float* dy = call.floats("dy", count);
  const float* x = call.floats("x", count);
  float* dx = call.floats("dx", count);
  call.done();
  inRanges(count, TASK / 2, [&](int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i += W) {
      storeUpTo(dx + i, loadUpTo(dy + i, to - i) * geluErfDerivative(loadUpTo(x + i, to - i)), to - i);
    }
  });
}

}  // namespace TARGET

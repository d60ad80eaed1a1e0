// Dropout: each element is zero, or scaled by 1 / (1 − rate). The gradient takes the same mask, made again from the
// key.
#include "random.h"
#include "ranges.h"

namespace TARGET {

/** count, rate, key0, key1, x (count), y (count) */
void dropout(Call& call) {
  const int64_t count = call.size("count", 0);
  const Dropout drop = readDropout(call);
  const float* x = call.floats("x", count);
  float* y = call.floats("y", count);
  call.done();
  inRanges(count, TASK / 2, [&](int64_t from, int64_t end) {
    for (int64_t i = from; i < end; i += 2 * W) {
      VU bits[2];
      randomBits(drop.key, i / 2, bits[0], bits[1]);
      for (int half = 0; half < 2; half++) {
        const int64_t at = i + half * W, left = end - at;
        if (left > 0) storeUpTo(y + at, loadUpTo(x + at, left) * dropoutFactors(drop, bits[half]), left);
      }
    }
  });
}

}  // namespace TARGET

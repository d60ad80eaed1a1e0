// Dropout: each element is zero, or scaled by 1 / (1 − rate). A gradient's elements fare as the input's did.
#include "../addon/parallel.h"
#include "random.h"

namespace TARGET {

/** count, rate, key0, key1, x (count), y (count) */
void dropout(Call& call) {
  const int64_t count = call.size("count", 0);
  const Dropout drop = readDropout(call);
  const float* x = call.floats("x", count);
  float* y = call.floats("y", count);
  call.done();
  constexpr int64_t EACH = 16384;
  parallel((count + EACH - 1) / EACH, [&](int64_t task) {
    const int64_t end = count < (task + 1) * EACH ? count : (task + 1) * EACH;
    for (int64_t i = task * EACH; i < end; i += 2 * W) {
      VU bits[2];
      randomBits(drop.key, i / 2, bits[0], bits[1]);
      for (int half = 0; half < 2; half++) {
        const int64_t at = i + half * W, left = end - at;
        const V factors = dropoutFactors(drop, bits[half]);
        if (left >= W) store(y + at, load(x + at) * factors);
        else if (left > 0) storePart(y + at, loadPart(x + at, left) * factors, left);
      }
    }
  });
}

}  // namespace TARGET

// lossGrad: the gradient of every loss whose kernel computes, with its value, what its gradients are for a dy of 1.
#include "../addon/call.h"
#include "ranges.h"

namespace TARGET {

/** gradients (a list), dy: multiplies them by dy in place. */
void lossGrad(Call& call) {
  const Call::List gradients = call.list("gradients");
  const float dy = float(call.number("dy"));
  call.done();
  for (int64_t i = 0; i < gradients.count; i++) {
    int64_t count = 0;
    float* values = call.item(gradients, "gradients", i, -1, &count);
    inRanges(count, TASK, [&](int64_t from, int64_t end) {
      for (int64_t at = from; at < end; at++) values[at] *= dy;
    });
  }
}

}  // namespace TARGET

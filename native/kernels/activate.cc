// activate: SiLU, GELU or ReLU² of each element, gated where there is something to gate; and its gradient.
#include "../addon/call.h"
#include "activation.h"
#include "ranges.h"

namespace TARGET {

namespace {

constexpr int64_t SILU = 0, GELU = 1, RELU2 = 2;

/** Calls body(value, derivative) with the functions of that number. */
template <class Body>
void withActivation(int64_t kind, const Body& body) {
  if (kind == SILU) return body(silu, siluDerivative);
  if (kind == GELU) return body(gelu, geluDerivative);
  if (kind == RELU2) return body(relu2, relu2Derivative);
  fail("expected an activation below 3, but got %lld", (long long)kind);
}

}  // namespace

/** activation, count, x (count), up (count)?, y (count) */
void activate(Call& call) {
  const int64_t kind = call.size("activation", 0), count = call.size("count", 0);
  const float *x = call.floats("x", count), *up = call.floatsOrNull("up", count);
  float* y = call.floats("y", count);
  call.done();
  withActivation(kind, [&](auto value, auto) {
    inRanges(count, TASK / 2, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; i += W) {
        const V active = value(loadUpTo(x + i, to - i));
        storeUpTo(y + i, up ? active * loadUpTo(up + i, to - i) : active, to - i);
      }
    });
  });
}

/** activation, count, dy (count), x (count), up (count)?, dx (count), dUp (count)? */
void activateGrad(Call& call) {
  const int64_t kind = call.size("activation", 0), count = call.size("count", 0);
  const float *dy = call.floats("dy", count), *x = call.floats("x", count), *up = call.floatsOrNull("up", count);
  float *dx = call.floats("dx", count), *dUp = call.floatsOrNull("dUp", count);
  call.done();
  if (!up != !dUp) fail("expected dUp if and only if there is up");
  withActivation(kind, [&](auto value, auto derivative) {
    inRanges(count, TASK / 2, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; i += W) {
        const V change = loadUpTo(dy + i, to - i), given = loadUpTo(x + i, to - i);
        const V slope = change * derivative(given);
        storeUpTo(dx + i, up ? slope * loadUpTo(up + i, to - i) : slope, to - i);
        if (up) storeUpTo(dUp + i, change * value(given), to - i);
      }
    });
  });
}

}  // namespace TARGET

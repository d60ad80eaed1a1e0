// Element-wise functions of one tensor.
#include "../addon/call.h"
#include "activation.h"
#include "ranges.h"
#include "simd.h"

namespace TARGET {

namespace {

/** count, x (count), y (count), which may be x */
template <class F>
void unary(Call& call, const F& f) {
  const int64_t count = call.size("count", 0);
  const float* x = call.floats("x", count);
  float* y = call.floats("y", count);
  call.done();
  inRanges(count, TASK, [&](int64_t from, int64_t to) {
    int64_t i = from;
    for (; i + W <= to; i += W) store(y + i, f(load(x + i)));
    if (i < to) storePart(y + i, f(loadPart(x + i, to - i)), to - i);
  });
}

inline V squareRoot(V x) {
  for (int i = 0; i < W; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
}

inline V roundedDown(V x) {
  for (int i = 0; i < W; i++) x[i] = __builtin_floorf(x[i]);
  return x;
}

/** ln x to about 1e-7 relative: from the exponent, and a polynomial for the mantissa, from √½ to √2. */
inline V logarithm(V x) {
  const VI subnormal = x < 1.17549435e-38f;
  const V scaled = subnormal ? x * 33554432.0f : x;
  V exponent = __builtin_convertvector((VI)((VU)scaled >> 23) - 126, V);
  exponent = subnormal ? exponent - 25.0f : exponent;
  V m = (V)(((VU)scaled & 0x7fffffu) | 0x3f000000u);  // ½ … 1
  const VI low = m < 0.707106781f;
  exponent = low ? exponent - 1.0f : exponent;
  m = (low ? m + m : m) - 1.0f;
  V p = splat(7.0376836292e-2f);
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  const V square = m * m;
  p = p * m * square - exponent * 2.12194440e-4f - 0.5f * square;
  const V result = m + p + exponent * 0.693359375f;
  const V edge = x == 0.0f ? splat(-__builtin_inff()) : (x > 0.0f ? x : splat(__builtin_nanf("")));
  return (x > 0.0f) & (x < __builtin_inff()) ? result : edge;
}

/** ln (1 + u) for u ≥ 0; the quotient corrects what 1 + u rounded away. */
inline V logarithmOfOnePlus(V u) {
  const V sum = 1.0f + u;
  return sum == 1.0f ? u : logarithm(sum) * (u / (sum - 1.0f));
}

/** eˣ − 1 for x ≤ 0, by tanh, which keeps its digits near 0. */
inline V exponentialMinusOne(V x) {
  const V t = hyperbolicTangent(0.5f * x);
  return 2.0f * t / (1.0f - t);
}

}  // namespace

void exp(Call& call) { unary(call, exponential); }
void log(Call& call) { unary(call, logarithm); }
void tanh(Call& call) { unary(call, hyperbolicTangent); }
void sigmoid(Call& call) { unary(call, [](V x) { return sigmoid(x); }); }
void softplus(Call& call) {
  unary(call, [](V x) { return (x < 0.0f ? splat(0) : x) + logarithmOfOnePlus(exponential(-absolute(x))); });
}
void erf(Call& call) { unary(call, errorFunction); }
void sqrt(Call& call) { unary(call, squareRoot); }
void rsqrt(Call& call) { unary(call, [](V x) { return 1.0f / squareRoot(x); }); }
void square(Call& call) { unary(call, [](V x) { return x * x; }); }
void reciprocal(Call& call) { unary(call, [](V x) { return 1.0f / x; }); }
void neg(Call& call) { unary(call, [](V x) { return -x; }); }
void abs(Call& call) { unary(call, absolute); }
void floor(Call& call) { unary(call, roundedDown); }
// `x <= 0` is false for NaN, which so propagates.
void relu(Call& call) { unary(call, [](V x) { return x <= 0.0f ? splat(0) : x; }); }
void relu6(Call& call) {
  unary(call, [](V x) { return x <= 0.0f ? splat(0) : (x > 6.0f ? splat(6) : x); });
}
void elu(Call& call) { unary(call, [](V x) { return x >= 0.0f ? x : exponentialMinusOne(x); }); }
void leakyRelu(Call& call) {
  const float alpha = float(call.number("alpha"));
  unary(call, [=](V x) { return x < 0.0f ? x * alpha : x; });
}
/** `alpha` for x ≤ 0, 1 above. */
void step(Call& call) {
  const float alpha = float(call.number("alpha"));
  unary(call, [=](V x) { return x != x ? x : (x > 0.0f ? splat(1) : splat(alpha)); });
}
void clipByValue(Call& call) {
  const float least = float(call.number("least")), most = float(call.number("most"));
  unary(call, [=](V x) { return x > most ? splat(most) : (x < least ? splat(least) : x); });
}

}  // namespace TARGET

// V: a vector register of this target, W floats; and the functions on vectors that kernels need. What the compiler has no
// operator for is an instruction in assembly: the intrinsics' header takes longer to read than most kernels to compile.
#pragma once
#include <cstdint>
#include <cstring>
#include <utility>

namespace TARGET {

#if defined(__AVX512F__)
constexpr int W = 16;
#elif defined(__AVX__)
constexpr int W = 8;
#else
constexpr int W = 4;
#endif

typedef float V __attribute__((vector_size(W * 4)));
typedef int32_t VI __attribute__((vector_size(W * 4)));
typedef uint32_t VU __attribute__((vector_size(W * 4)));
typedef float VUnaligned __attribute__((vector_size(W * 4), aligned(4), may_alias));

static inline V load(const float* from) { return *reinterpret_cast<const VUnaligned*>(from); }
static inline void store(float* to, V value) { *reinterpret_cast<VUnaligned*>(to) = value; }
/**
 * A non-temporal store where `to` is aligned, for what is not read soon. Call settle() before another thread reads it.
 */
static inline void stream(float* to, V value) {
#if defined(__x86_64__)
  if (reinterpret_cast<uintptr_t>(to) % sizeof(V) == 0) {
#if defined(__AVX__)
    asm("vmovntps %1, %0" : "=m"(*reinterpret_cast<VUnaligned*>(to)) : "v"(value));
#else
    asm("movntps %1, %0" : "=m"(*reinterpret_cast<VUnaligned*>(to)) : "x"(value));
#endif
    return;
  }
#endif
  store(to, value);
}
static inline void settle() {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

static inline V splat(float value) { return value - V{}; }

/** Loads n < W elements; the others become `rest`. */
static inline V loadPart(const float* from, int64_t n, float rest = 0) {
  alignas(64) float all[W];
  for (int i = 0; i < W; i++) all[i] = rest;
  memcpy(all, from, size_t(n) * 4);
  return *reinterpret_cast<const V*>(all);
}
static inline void storePart(float* to, V value, int64_t n) { memcpy(to, &value, size_t(n) * 4); }

/** Loads W elements, or n if these are fewer; the others become `rest`. */
static inline V loadUpTo(const float* from, int64_t n, float rest = 0) {
  return n >= W ? load(from) : loadPart(from, n, rest);
}
static inline void storeUpTo(float* to, V value, int64_t n) {
  if (n >= W) store(to, value);
  else storePart(to, value, n);
}

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static inline V maximum(V a, V b) { return a > b ? a : b; }
/** Clamps x from below, and from above; NaN propagates. */
static inline V atLeast(V x, float bound) {
#if defined(__AVX512F__)
  V clamped;  // VMAXPS has its second operand where one is NaN
  asm("vmaxps %2, %1, %0" : "=v"(clamped) : "v"(splat(bound)), "vm"(x));
  return clamped;
#else
  return splat(bound) > x ? splat(bound) : x;
#endif
}
static inline V atMost(V x, float bound) {
#if defined(__AVX512F__)
  V clamped;
  asm("vminps %2, %1, %0" : "=v"(clamped) : "v"(splat(bound)), "vm"(x));
  return clamped;
#else
  return splat(bound) < x ? splat(bound) : x;
#endif
}
static inline V select(VI condition, V yes, V no) { return condition ? yes : no; }

/** A constant permutation: element i is element PICK[i] of a followed by b. */
template <int... PICK>
static inline V shuffle(V a, V b) {
#ifdef __clang__
  return __builtin_shufflevector(a, b, PICK...);
#else
  return __builtin_shuffle(a, b, VI{PICK...});
#endif
}

/** Horizontal reductions: the sum of the elements, and the largest. */
template <int HALF, int... I>
static inline V swapped(V v, std::integer_sequence<int, I...>) {
  return shuffle<(I ^ HALF)...>(v, v);
}
template <int HALF = W / 2>
static inline float sum(V v) {
  if constexpr (HALF == 0) return v[0];
  else return sum<HALF / 2>(v + swapped<HALF>(v, std::make_integer_sequence<int, W>()));
}
template <int HALF = W / 2>
static inline float largest(V v) {
  if constexpr (HALF == 0) return v[0];
  else return largest<HALF / 2>(maximum(v, swapped<HALF>(v, std::make_integer_sequence<int, W>())));
}

template <int HALF, int... I>
static inline void exchange(V& a, V& b, std::integer_sequence<int, I...>) {
  const V low = shuffle<((I & HALF) ? W + I - HALF : I)...>(a, b);
  b = shuffle<((I & HALF) ? W + I : I + HALF)...>(a, b);
  a = low;
}

/** Transposes W × W elements. */
template <int HALF = W / 2>
static inline void transpose(V (&rows)[W]) {
  if constexpr (HALF > 0) {
#pragma GCC unroll 16
    for (int i = 0; i < W; i++) {
      if (!(i & HALF)) exchange<HALF>(rows[i], rows[i + HALF], std::make_integer_sequence<int, W>());
    }
    transpose<HALF / 2>(rows);
  }
}

/** v · 2ⁿ for whole n from −300 to 300. */
static inline V scaled(V v, V n) {
#if defined(__AVX512F__)
  V scaled;
  asm("vscalefps %2, %1, %0" : "=v"(scaled) : "v"(v), "vm"(n));
  return scaled;
#else
  const VI whole = __builtin_convertvector(n, VI), half = whole >> 1;
  return v * (V)((half + 127) << 23) * (V)((whole - half + 127) << 23);
#endif
}

/** eˣ to about 1e-7 relative; it underflows to 0 and overflows to ∞, and NaN propagates. */
static inline V exponential(V x) {
  const V clamped = atMost(atLeast(x, -104.0f), 89.0f);
  const V MAGIC = splat(12582912.0f);  // 1.5 · 2²³: adding it rounds to the nearest whole number
  const V n = (clamped * 1.44269504088896341f + MAGIC) - MAGIC;
  V r = clamped - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;  // ln 2 = 0.693359375 − 2.1219444e-4
  V p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + (r + 1.0f);
  return scaled(p, n);
}

static inline V sigmoid(V x) { return 1.0f / (1.0f + exponential(-x)); }

/** tanh x to about 1e-7, absolute and relative: a polynomial near 0, where the quotient would lose digits. */
static inline V hyperbolicTangent(V x) {
  const V size = (V)((VU)x & 0x7fffffffu);
  const V e = exponential(size * -2.0f);
  const V far = (1.0f - e) / (1.0f + e);
  const V z = x * x;
  V p = splat(-5.70498872745e-3f);
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const V near = p * z * x + x;
  return size < 0.625f ? near : (V)(((VU)far & 0x7fffffffu) | ((VU)x & 0x80000000u));
}

/** The bits of the nearest bfloat16, ties to even; NaN stays NaN. */
static inline uint16_t toHalf(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return uint16_t((bits >> 16) | 0x40);
  return uint16_t((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16);
}
static inline float fromHalf(uint16_t half) {
  uint32_t bits = uint32_t(half) << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

}  // namespace TARGET

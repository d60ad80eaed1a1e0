// Random bits as src/base/random.ts makes them (Threefry-2x32, 13 rounds), a vector at a time: element i of a key's
// sequence is word i mod 2 of block i div 2. And the dropout mask, which is made of them.
#pragma once
#include <cmath>

#include "../addon/call.h"
#include "simd.h"

namespace TARGET {

struct Key {
  uint32_t words[2];
};

namespace threefry {

template <int ROUND>
static inline void rounds(const VU (&key)[3], VU& x0, VU& x1) {
  if constexpr (ROUND < 13) {
    constexpr int ROTATIONS[] = {13, 15, 26, 6, 17, 29, 16, 24}, BY = ROTATIONS[ROUND % 8];
    x0 += x1;
    x1 = ((x1 << BY) | (x1 >> (32 - BY))) ^ x0;
    if constexpr (ROUND % 4 == 3) {
      constexpr int INJECTION = ROUND / 4 + 1;
      x0 += key[INJECTION % 3];
      x1 += key[(INJECTION + 1) % 3] + INJECTION;
    }
    rounds<ROUND + 1>(key, x0, x1);
  }
}

/** Interleaves a and b: a0 b0 a1 b1 …, from element FROM of each on. */
template <int FROM, int... I>
static inline VU alternate(VU a, VU b, std::integer_sequence<int, I...>) {
  return (VU)shuffle<(FROM + I / 2 + I % 2 * W)...>((V)a, (V)b);
}

}  // namespace threefry

/** The elements 2·block … 2·block + 2W − 1 of the key's sequence. */
static inline void randomBits(const Key& key, int64_t block, VU& low, VU& high) {
  const VU first = VU{} + key.words[0], second = VU{} + key.words[1];
  const VU words[3] = {first, second, 0x1bd11bda ^ first ^ second};
  VU x0 = first + uint32_t(block), x1 = second;
  for (int i = 0; i < W; i++) x0[i] += uint32_t(i);
  threefry::rounds<0>(words, x0, x1);
  const auto all = std::make_integer_sequence<int, W>();
  low = threefry::alternate<0>(x0, x1, all);
  high = threefry::alternate<W / 2>(x0, x1, all);
}

/** Each element is zero, or scaled by 1 / (1 − rate). */
struct Dropout {
  Key key;
  uint32_t threshold;
  float scale;
  bool on;
};

/** Reads rate, key0, key1 (unsigned). */
inline Dropout readDropout(Call& call) {
  const double rate = call.number("rate");
  if (!(rate >= 0 && rate < 1)) fail("expected rate to be at least 0 and below 1, but got %g", rate);
  const int64_t key0 = call.size("key0", 0), key1 = call.size("key1", 0);
  const double threshold = ceil(rate * 4294967296.0);
  return {{{uint32_t(key0), uint32_t(key1)}},
          threshold < 4294967295.0 ? uint32_t(threshold) : 4294967295u,
          float(1 / (1 - rate)),
          rate > 0};
}

/** The factor of each element: 0 or the scale. */
static inline V dropoutFactors(const Dropout& dropout, VU bits) {
  return bits >= dropout.threshold ? splat(dropout.scale) : V{};
}

/**
 * The factors of elements first … first + count − 1. The pointer returned is in `buffer`, which needs room for
 * count + 2W + 1 numbers.
 */
inline const float* dropoutFactors(const Dropout& dropout, int64_t first, int64_t count, float* buffer) {
  const int64_t skip = first & 1;
  for (int64_t i = 0; i < count + skip; i += 2 * W) {
    VU low, high;
    randomBits(dropout.key, (first + i) / 2, low, high);
    store(buffer + i, dropoutFactors(dropout, low));
    store(buffer + i + W, dropoutFactors(dropout, high));
  }
  return buffer + skip;
}

}  // namespace TARGET

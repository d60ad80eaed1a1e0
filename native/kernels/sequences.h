// What losses of whole sequences share: the checks of lengths and ids, and the logarithm of no probability.
#pragma once
#include "../addon/call.h"

namespace TARGET {

/** Its exponential is 0, and sums over any number of steps are still numbers. */
constexpr double IMPOSSIBLE = -1e30;

inline void checkLengths(const int32_t* lengths, int64_t B, int64_t most) {
  for (int64_t b = 0; b < B; b++) {
    if (lengths[b] < 0 || lengths[b] > most) {
      fail("expected lengths from 0 to %lld, but got %d", (long long)most, lengths[b]);
    }
  }
}

/** ids (B, T); those after a row's length may be anything. */
inline void checkIds(const char* what, const int32_t* ids, const int32_t* lengths, int64_t B, int64_t T, int64_t K) {
  for (int64_t b = 0; b < B; b++) {
    for (int64_t t = 0; t < lengths[b]; t++) {
      const int32_t id = ids[b * T + t];
      if (id < 0 || id >= K) fail("expected %s below %lld, but got %d", what, (long long)K, id);
    }
  }
}

}  // namespace TARGET

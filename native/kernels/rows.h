// What kernels that normalise rows share: how rows are cut into tasks, and loops over the vectors of a row.
#pragma once
#include "ranges.h"
#include "simd.h"

namespace TARGET {

/** So many rows a task that it has about 16 K elements, and that there are at most 64 tasks. */
inline int64_t rowsOfTask(int64_t N, int64_t C) {
  const int64_t least = 16384 / C + 1, share = (N + 63) / 64;
  return least > share ? least : share;
}

/** The sum of term(c, n), the vector of n elements from c on. Two accumulators halve the wait for each addition. */
template <class Term>
inline float sumOver(int64_t C, const Term& term) {
  V a = {}, b = {};
  int64_t c = 0;
  for (; c + 2 * W <= C; c += 2 * W) {
    a += term(c, W);
    b += term(c + W, W);
  }
  if (c + W <= C) {
    a += term(c, W);
    c += W;
  }
  if (c < C) b += term(c, C - c);
  return sum(a + b);
}

/** Calls body(c, n) for each vector of n elements from c on. */
template <class Body>
inline void over(int64_t C, const Body& body) {
  int64_t c = 0;
  for (; c + W <= C; c += W) body(c, W);
  if (c < C) body(c, C - c);
}

}  // namespace TARGET

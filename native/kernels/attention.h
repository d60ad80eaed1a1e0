// What the kernels of attention share. Queries are worked off in blocks of QUERIES rows, whose scores against all
// keys (or some) stand in scratch; tiles that lie wholly above the diagonal are left out.
#pragma once
#include "gemm.h"
#include "random.h"

namespace TARGET {

constexpr int64_t QUERIES = 48;  // a multiple of every MR

/** Vectors of D numbers, `stride` apart. */
struct Rows {
  const float* data;
  int64_t stride;
  const float* operator[](int64_t i) const { return data + i * stride; }
};

/** Queries at positions `before`, `before` + 1 … of the keys: query i sees the keys up to before + i. */
struct Head {
  Rows queries, keys, values;
  float* y;  // rows yStride apart
  int64_t yStride;
  float* logSumExp;  // one a query, or null
  int64_t D, before;
  Dropout dropout;
  int64_t firstWeight, T;  // dropout's index of query 0's weight of key 0, and how far it is from query 1's
};

/** y and logSumExp of the queries from … to − 1. */
void attend(const Head& head, int64_t from, int64_t to);

/** How far a query's scores are from the next one's: a power of two would crowd them in the cache. */
inline int64_t scoreStride(int64_t keys) { return (keys + 31) / 32 * 32 + 16; }

/** Where a block of queries lies: query r sees the keys up to before + r, of which `keys` are here. */
struct Block {
  int64_t rows, before, keys, D;
  /** How many keys some of the queries r … r + height − 1 see. */
  int64_t seen(int64_t r, int64_t height) const { return least(keys, before + r + height); }
};

/** A row's first n products times `scale` become exponentials, of which the largest is 1; zero up to `end`. Their sum. */
float exponentials(float* row, int64_t n, int64_t end, float scale, float* logSumExp = nullptr);

/** Which of a vector's elements are among the first `left`. */
static inline VI within(int64_t left) {
  VI lanes;
  for (int i = 0; i < W; i++) lanes[i] = i;
  return lanes < int32_t(least(left, W));
}

/** Zero from the next whole vector after n, up to `end` at least. */
static inline void clearAfter(float* row, int64_t n, int64_t end) {
  for (int64_t j = (n + W - 1) / W * W; j < end; j += W) store(row + j, V{});
}

}  // namespace TARGET

// What the kernels of attention share. As in flash attention, no (T, T) matrix is ever stored: queries go in blocks of
// QUERIES rows. But the scores of a block against all keys fit in scratch, so the softmax need not be an online one.
// Tiles wholly above the diagonal are skipped.
#pragma once
#include <vector>

#include "../addon/call.h"
#include "gemm.h"
#include "random.h"

namespace TARGET {

constexpr int64_t QUERIES = 48;  // a multiple of every MR
constexpr int64_t QUERIES_A_TASK = 4 * QUERIES;

/** Rows of D numbers, which begin `stride` numbers apart. */
struct Rows {
  const float* data;
  int64_t stride;
  const float* operator[](int64_t i) const { return data + i * stride; }
};

/** What of `count` keys a query sees: 0 … before + i, or all of them where `before` is their number. */
struct Sight {
  int64_t count, before;
  int64_t of(int64_t query) const { return least(count, before + query + 1); }
};

/**
 * Grouped-query attention: as many heads of queries as a group has share a head of keys and values. A position's heads lie
 * side by side, all queries before all keys before all values.
 */
struct Grouped {
  int64_t heads, kvHeads, D;
  int64_t group() const { return heads / kvHeads; }
  int64_t width() const { return ::product(heads + 2 * kvHeads, D); }
  /** Where in a position's numbers the key of a query's head begins, and the value. */
  int64_t key(int64_t head) const { return (heads + head / group()) * D; }
  int64_t value(int64_t head) const { return key(head) + kvHeads * D; }
};

inline Grouped readGrouped(Call& call) {
  const int64_t heads = call.size("heads"), kvHeads = call.size("kvHeads"), D = call.size("D", 0);
  if (heads % kvHeads != 0) fail("expected heads to be a multiple of kvHeads, but got %lld and %lld", (long long)heads, (long long)kvHeads);
  return {heads, kvHeads, D};
}

/** One head. */
struct Head {
  Rows queries, keys, values;
  float* y;  // rows yStride apart
  int64_t yStride;
  float* logSumExp;  // one a query, or null
  int64_t D;
  Sight sight;
  Dropout dropout;
  int64_t firstWeight, S;  // dropout's index of weight (query i, key j) is firstWeight + i · S + j
};

/** Computes y and logSumExp of the queries from … to − 1. */
void attend(const Head& head, int64_t from, int64_t to);

/** One head's share of the tensors of a gradient. `before` is 0 or the number of keys. */
struct HeadGradient {
  Rows queries, keys, values, dy, y;
  const float* logSumExp;
  float *dQueries, *dKeys, *dValues;
  int64_t dQueryStride, stride;  // of dKeys and dValues
  int64_t D;
  Sight sight;
  Dropout dropout;
  int64_t firstWeight, S;
};

/**
 * Computes dQueries of T queries, and dKeys and dValues of the keys that count. There are at most S of them. Each `group`
 * heads that follow one another share their keys and values.
 */
void attendGrad(const std::vector<HeadGradient>& heads, int64_t group, int64_t T, int64_t S);

/** The stride of a block's rows of scores: not a power of two, which would cause cache conflicts. */
inline int64_t scoreStride(int64_t keys) { return (keys + 31) / 32 * 32 + 16; }

/** A block of queries against `keys` keys; query r of the block sees the keys 0 … before + r. */
struct Block {
  int64_t rows, before, keys, D;
  /** How many keys are seen by at least one of the queries r … r + height − 1. */
  int64_t seen(int64_t r, int64_t height) const { return least(keys, before + r + height); }
};

/** Replaces a row's n scores by exp(scale · (score − largest)) and clears it up to `end`; returns the sum. */
float exponentials(float* row, int64_t n, int64_t end, float scale, float* logSumExp = nullptr);

/** A mask of a vector's first `left` elements. */
static inline VI within(int64_t left) {
  VI lanes;
  for (int i = 0; i < W; i++) lanes[i] = i;
  return lanes < int32_t(least(left, W));
}

/** Clears a row from the first whole vector after n up to `end` at least. */
static inline void clearAfter(float* row, int64_t n, int64_t end) {
  for (int64_t j = (n + W - 1) / W * W; j < end; j += W) store(row + j, V{});
}

}  // namespace TARGET

// Attention with a KV cache, in which each row of the batch has a place and a length of its own: new positions attend to
// those in the cache and to each other, and join it.
#include "attention.h"
#include "ranges.h"

namespace TARGET {

namespace {

constexpr int64_t FEW_QUERIES = 4;  // more of them pay for packing the keys
constexpr int TOGETHER = 4;         // vectors of y summed at a time

float dot(const float* a, const float* b, int64_t n) {
  V total = {};
  int64_t i = 0;
  for (; i + W <= n; i += W) total += load(a + i) * load(b + i);
  if (i < n) total += loadPart(a + i, n - i) * loadPart(b + i, n - i);
  return sum(total);
}

/** q · k of W keys. */
V scoresOf(const float* query, const float* keys, int64_t D) {
  V sums[W] = {};
  int64_t d = 0;
  for (; d + W <= D; d += W) {
    const V q = load(query + d);
#pragma GCC unroll 16
    for (int j = 0; j < W; j++) sums[j] += q * load(keys + j * D + d);
  }
  if (d < D) {
    const V q = loadPart(query + d, D - d);
    for (int j = 0; j < W; j++) sums[j] += q * loadPart(keys + j * D + d, D - d);
  }
  transpose(sums);
  V total = sums[0];
  for (int j = 1; j < W; j++) total += sums[j];
  return total;
}

/** to (D) = the sum of the values (n, D), each by its weight and all by `factor`. */
void weightedSum(const float* weights, const float* values, int64_t n, int64_t D, float factor, float* to) {
  int64_t d = 0;
  for (; d + TOGETHER * W <= D; d += TOGETHER * W) {
    V sums[TOGETHER] = {};
    for (int64_t j = 0; j < n; j++) {
      for (int i = 0; i < TOGETHER; i++) sums[i] += weights[j] * load(values + j * D + d + i * W);
    }
    for (int i = 0; i < TOGETHER; i++) store(to + d + i * W, sums[i] * factor);
  }
  for (; d < D; d += W) {
    const int64_t left = least(W, D - d);
    V total = {};
    for (int64_t j = 0; j < n; j++) {
      const float* value = values + j * D + d;
      total += weights[j] * (left == W ? load(value) : loadPart(value, left));
    }
    storePart(to + d, total * factor, left);
  }
}

void attendOne(const float* query, const float* keys, const float* values, int64_t n, int64_t D, float* y) {
  const float scale = float(1 / sqrt(double(D)));
  float* scores = scratch(4, n + W);
  int64_t j = 0;
  for (; j + W <= n; j += W) store(scores + j, scoresOf(query, keys + j * D, D));
  for (; j < n; j++) scores[j] = dot(query, keys + j * D, D);
  const float total = exponentials(scores, n, n, scale);
  weightedSum(scores, values, n, D, 1 / total, y);
}

/** Two rows in one place would write to the same memory at once. */
void checkRows(const int32_t* rows, int64_t B, int64_t T, int64_t places, int64_t capacity) {
  for (int64_t b = 0; b < B; b++) {
    const int64_t place = rows[2 * b], length = rows[2 * b + 1];
    if (place < 0 || place >= places) fail("expected a place below %lld, but got %lld", (long long)places, (long long)place);
    if (length < 0 || length + T > capacity) {
      fail("expected room for %lld positions, but got %lld", (long long)(length + T), (long long)capacity);
    }
    for (int64_t other = 0; other < b; other++) {
      if (rows[2 * other] == place) fail("expected a place for each row, but got %lld twice", (long long)place);
    }
  }
}

}  // namespace

/**
 * B, T, heads, kvHeads, D, places, capacity, rows (B, 2): each one's place, and how many positions are there; qkv (B, T, E),
 * keys (places, kvHeads, capacity, D) and values, y (B, T, heads · D); E = (heads + 2 · kvHeads) · D
 */
void cachedAttention(Call& call) {
  const int64_t B = call.size("B", 0), T = call.size("T", 0);
  const Grouped grouped = readGrouped(call);
  const int64_t places = call.size("places", 0), capacity = call.size("capacity", 0);
  const int64_t H = grouped.heads, K = grouped.kvHeads, D = grouped.D, C = ::product(H, D), E = grouped.width();
  const int32_t* rows = call.ints("rows", ::product(B, 2));
  checkRows(rows, B, T, places, capacity);
  const float* qkv = call.floats("qkv", ::product(B, T, E));
  float* keys = call.floats("keys", ::product(places, capacity, K, D));
  float* values = call.floats("values", ::product(places, capacity, K, D));
  float* y = call.floats("y", ::product(B, T, C));
  call.done();
  const auto start = [&](float* all, int64_t b, int64_t k) { return all + (rows[2 * b] * K + k) * capacity * D; };
  // Each position's keys and values first: all heads of a group need them, and each of those is a task.
  inRanges(B * T, positionsOfTask(E), [&](int64_t from, int64_t end) {
    for (int64_t position = from; position < end; position++) {
      const int64_t b = position / T, to = (rows[2 * b + 1] + position % T) * D;
      const float* given = qkv + position * E + C;
      for (int64_t k = 0; k < K; k++) {
        memcpy(start(keys, b, k) + to, given + k * D, size_t(D) * sizeof(float));
        memcpy(start(values, b, k) + to, given + (K + k) * D, size_t(D) * sizeof(float));
      }
    }
  });
  parallel(::product(B, H), [&](int64_t head) {
    const int64_t b = head / H, h = head % H, k = h / grouped.group(), length = rows[2 * b + 1];
    const Rows queries = {qkv + b * T * E + h * D, E}, keysOf = {start(keys, b, k), D}, valuesOf = {start(values, b, k), D};
    float* headY = y + b * T * C + h * D;
    if (T > FEW_QUERIES) {
      attend({queries, keysOf, valuesOf, headY, C, nullptr, D, {length + T, length}, Dropout{}, 0, 0}, 0, T);
      return;
    }
    for (int64_t t = 0; t < T; t++) {
      attendOne(queries[t], keysOf.data, valuesOf.data, length + t + 1, D, headY + t * C);
    }
  });
}

}  // namespace TARGET

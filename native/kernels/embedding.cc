// Embedding, which gathers rows of a table by id; and its gradient, which sums the rows of each id.
#include "../addon/call.h"
#include "ranges.h"
#include "simd.h"

namespace TARGET {

namespace {

void checkIds(const int32_t* ids, int64_t tokens, int64_t vocabulary) {
  for (int64_t n = 0; n < tokens; n++) {
    if (ids[n] >= 0 && ids[n] < vocabulary) continue;
    fail("expected ids below %lld, but got %d", (long long)vocabulary, ids[n]);
  }
}

inline void add(float* to, const float* from, int64_t count) {
  int64_t c = 0;
  for (; c + W <= count; c += W) store(to + c, load(to + c) + load(from + c));
  for (; c < count; c++) to[c] += from[c];
}

}  // namespace

/** tokens, V, C, table (V, C) floats or bfloat16, ids (tokens), y (tokens, C) */
void embedding(Call& call) {
  const int64_t tokens = call.size("tokens", 0), vocabulary = call.size("V"), C = call.size("C");
  const bool halves = call.nextIsHalves();
  const uint16_t* narrow = halves ? call.halves("table", ::product(vocabulary, C)) : nullptr;
  const float* table = halves ? nullptr : call.floats("table", ::product(vocabulary, C));
  const int32_t* ids = call.ints("ids", tokens);
  float* y = call.floats("y", ::product(tokens, C));
  call.done();
  checkIds(ids, tokens, vocabulary);
  inRanges(tokens, 16384 / C + 1, [&](int64_t from, int64_t end) {
    for (int64_t n = from; n < end; n++) {
      if (table) memcpy(y + n * C, table + ids[n] * C, size_t(C) * sizeof(float));
      else for (int64_t c = 0; c < C; c++) y[n * C + c] = fromHalf(narrow[ids[n] * C + c]);
    }
  });
}

/** tokens, V, C, dy (tokens, C), ids (tokens), gradient (V, C) */
void embeddingGrad(Call& call) {
  const int64_t tokens = call.size("tokens", 0), vocabulary = call.size("V"), C = call.size("C");
  const float* dy = call.floats("dy", ::product(tokens, C));
  const int32_t* ids = call.ints("ids", tokens);
  float* gradient = call.floats("gradient", ::product(vocabulary, C));
  call.done();
  checkIds(ids, tokens, vocabulary);
  // A counting sort of the tokens by id: those of id v are order[ends[v − 1]] … order[ends[v] − 1].
  int64_t* ends = reinterpret_cast<int64_t*>(scratch(4, 2 * (vocabulary + 1)));
  int64_t* order = reinterpret_cast<int64_t*>(scratch(5, 2 * tokens));
  memset(ends, 0, size_t(vocabulary + 1) * sizeof(int64_t));
  for (int64_t n = 0; n < tokens; n++) ends[ids[n] + 1]++;
  for (int64_t v = 0; v < vocabulary; v++) ends[v + 1] += ends[v];
  for (int64_t n = 0; n < tokens; n++) order[ends[ids[n]]++] = n;
  inRanges(vocabulary, (vocabulary + 255) / 256, [&](int64_t from, int64_t end) {
    for (int64_t v = from; v < end; v++) {
      float* row = gradient + v * C;
      memset(row, 0, size_t(C) * sizeof(float));
      for (int64_t at = v > 0 ? ends[v - 1] : 0; at < ends[v]; at++) add(row, dy + order[at] * C, C);
    }
  });
}

}  // namespace TARGET

// Full attention: each of T positions sees all of S others, but those that pad a shorter row.
#include <algorithm>

#include "attention.h"

namespace TARGET {

namespace {

/** Reads how many of its S keys each row has. */
const int32_t* readLengths(Call& call, int64_t B, int64_t S) {
  const int32_t* lengths = call.ints("lengths", B);
  for (int64_t b = 0; b < B; b++) {
    if (lengths[b] < 1 || lengths[b] > S) fail("expected a length from 1 to %lld, but got %d", (long long)S, lengths[b]);
  }
  return lengths;
}

}  // namespace

/**
 * B, T, S, heads, D, rate, key0, key1, q (B, T, C), k (B, S, C), v, lengths (B): how many of the S count; y (B, T, C),
 * logSumExp (B, heads, T); C = heads · D
 */
void fullAttention(Call& call) {
  const int64_t B = call.size("B", 0), T = call.size("T"), S = call.size("S"), H = call.size("heads"), D = call.size("D");
  const Dropout dropout = readDropout(call);
  const int64_t C = ::product(H, D);
  const float* q = call.floats("q", ::product(B, T, C));
  const float* k = call.floats("k", ::product(B, S, C));
  const float* v = call.floats("v", ::product(B, S, C));
  const int32_t* lengths = readLengths(call, B, S);
  float* y = call.floats("y", ::product(B, T, C));
  float* logSumExp = call.floats("logSumExp", ::product(B, H, T));
  call.done();
  const int64_t tasks = (T + QUERIES_A_TASK - 1) / QUERIES_A_TASK;
  parallel(::product(B, H, tasks), [&](int64_t task) {
    const int64_t head = task / tasks, b = head / H, h = head % H, from = task % tasks * QUERIES_A_TASK;
    const int64_t count = lengths[b], queries = b * T * C + h * D, keys = b * S * C + h * D;
    attend({{q + queries, C}, {k + keys, C}, {v + keys, C}, y + queries, C, logSumExp + head * T, D, {count, count},
            dropout, head * T * S, S},
           from, least(T, from + QUERIES_A_TASK));
  });
}

/**
 * B, T, S, heads, D, rate, key0, key1, dy (B, T, C), q (B, T, C), k (B, S, C), v, lengths (B), y (B, T, C),
 * logSumExp (B, heads, T), dq (B, T, C), dk (B, S, C), dv; C = heads · D. No key beyond its row's length has a gradient.
 */
void fullAttentionGrad(Call& call) {
  const int64_t B = call.size("B", 0), T = call.size("T"), S = call.size("S"), H = call.size("heads"), D = call.size("D");
  const Dropout dropout = readDropout(call);
  const int64_t C = ::product(H, D), ofQueries = ::product(B, T, C), ofKeys = ::product(B, S, C);
  const float* dy = call.floats("dy", ofQueries);
  const float* q = call.floats("q", ofQueries);
  const float* k = call.floats("k", ofKeys);
  const float* v = call.floats("v", ofKeys);
  const int32_t* lengths = readLengths(call, B, S);
  const float* y = call.floats("y", ofQueries);
  const float* logSumExp = call.floats("logSumExp", ::product(B, H, T));
  float* dq = call.floats("dq", ofQueries);
  float* dk = call.floats("dk", ofKeys);
  float* dv = call.floats("dv", ofKeys);
  call.done();
  std::vector<HeadGradient> heads;
  for (int64_t index = 0; index < B * H; index++) {
    const int64_t b = index / H, h = index % H, query = b * T * C + h * D, key = b * S * C + h * D, count = lengths[b];
    heads.push_back({{q + query, C}, {k + key, C}, {v + key, C}, {dy + query, C}, {y + query, C},
                     logSumExp + index * T, dq + query, dk + key, dv + key, C, C, D, {count, count}, dropout,
                     index * T * S, S});
  }
  parallel(B, [&](int64_t b) {
    for (float* gradient : {dk, dv}) {
      std::fill(gradient + (b * S + lengths[b]) * C, gradient + (b + 1) * S * C, 0.0f);
    }
  });
  attendGrad(heads, 1, T, S);
}

}  // namespace TARGET

// packHeads: queries, keys and values side by side, the first two turned by rotary positions if there are any: elements i and
// i + D/2 of a head's vector by an angle of its position's; and its gradient, which turns back.
#include "../addon/call.h"
#include "attention.h"
#include "ranges.h"

namespace TARGET {

namespace {

/** Of each position D/2 cosines, then as many sines; and each row's first position. Null where there are none. */
struct Rotary {
  const float* rotations;
  const int32_t* starts;
  int64_t T, D;
  const float* of(int64_t row) const {
    return rotations ? rotations + ((starts ? starts[row / T] : 0) + row % T) * D : nullptr;
  }
};

Rotary readRotary(Call& call, int64_t B, int64_t T, int64_t D) {
  const int64_t positions = call.size("positions", 0);
  const float* rotations = call.floatsOrNull("rotations", ::product(positions, D));
  if (rotations && D % 2 != 0) fail("expected heads of an even size, which turn in pairs, but got %lld", (long long)D);
  const int32_t* starts = call.nextIsNull() ? (call.floatsOrNull("starts", B), nullptr) : call.ints("starts", B);
  for (int64_t b = 0; rotations && b < B; b++) {
    const int64_t start = starts ? starts[b] : 0, last = start + T - 1;
    if (start < 0 || last >= positions) {
      fail("expected positions below %lld, but got %lld", (long long)positions, (long long)(start < 0 ? start : last));
    }
  }
  return {rotations, starts, T, D};
}

/** `count` heads of D numbers each; the sines count `direction` times. Without rotations the heads are copied. */
void turn(const float* from, const float* rotation, int64_t count, int64_t D, float direction, float* to) {
  if (!rotation) {
    memcpy(to, from, size_t(count * D) * sizeof(float));
    return;
  }
  const int64_t half = D / 2;
  for (const float* end = from + count * D; from < end; from += D, to += D) {
    for (int64_t i = 0; i < half; i += W) {
      const int64_t left = half - i;
      const V a = loadUpTo(from + i, left), b = loadUpTo(from + half + i, left);
      const V cosine = loadUpTo(rotation + i, left), sine = loadUpTo(rotation + half + i, left) * direction;
      storeUpTo(to + i, a * cosine - b * sine, left);
      storeUpTo(to + half + i, b * cosine + a * sine, left);
    }
  }
}

}  // namespace

/**
 * B, T, heads, kvHeads, D, positions, rotations (positions, D)?, starts (B)?, q (B, T, heads · D), k (B, T, kvHeads · D), v,
 * qkv (B, T, (heads + 2 · kvHeads) · D)
 */
void packHeads(Call& call) {
  const int64_t B = call.size("B", 0), T = call.size("T", 0);
  const Grouped grouped = readGrouped(call);
  const Rotary rotary = readRotary(call, B, T, grouped.D);
  const int64_t H = grouped.heads, K = grouped.kvHeads, D = grouped.D, E = grouped.width();
  const float* q = call.floats("q", ::product(B, T, H, D));
  const float* k = call.floats("k", ::product(B, T, K, D));
  const float* v = call.floats("v", ::product(B, T, K, D));
  float* qkv = call.floats("qkv", ::product(B, T, E));
  call.done();
  inRanges(B * T, positionsOfTask(E), [&](int64_t from, int64_t end) {
    for (int64_t row = from; row < end; row++) {
      float* to = qkv + row * E;
      turn(q + row * H * D, rotary.of(row), H, D, 1, to);
      turn(k + row * K * D, rotary.of(row), K, D, 1, to + H * D);
      turn(v + row * K * D, nullptr, K, D, 1, to + (H + K) * D);
    }
  });
}

/** B, T, heads, kvHeads, D, positions, rotations?, starts?, dqkv, dq, dk, dv: shaped as above */
void packHeadsGrad(Call& call) {
  const int64_t B = call.size("B", 0), T = call.size("T", 0);
  const Grouped grouped = readGrouped(call);
  const Rotary rotary = readRotary(call, B, T, grouped.D);
  const int64_t H = grouped.heads, K = grouped.kvHeads, D = grouped.D, E = grouped.width();
  const float* dqkv = call.floats("dqkv", ::product(B, T, E));
  float* dq = call.floats("dq", ::product(B, T, H, D));
  float* dk = call.floats("dk", ::product(B, T, K, D));
  float* dv = call.floats("dv", ::product(B, T, K, D));
  call.done();
  inRanges(B * T, positionsOfTask(E), [&](int64_t from, int64_t end) {
    for (int64_t row = from; row < end; row++) {
      const float* change = dqkv + row * E;
      turn(change, rotary.of(row), H, D, -1, dq + row * H * D);
      turn(change + H * D, rotary.of(row), K, D, -1, dk + row * K * D);
      turn(change + (H + K) * D, nullptr, K, D, -1, dv + row * K * D);
    }
  });
}

}  // namespace TARGET

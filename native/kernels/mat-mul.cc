// Batched matrix products, a (…, M, K) · b (…, K, N), either stored transposed; logits; and conversion to bfloat16.
#include "../addon/call.h"
#include "gemm.h"
#include "gemv.h"
#include "ranges.h"

namespace TARGET {

namespace {

/** One product: by gemv for a few rows that are not stored transposed, by gemm else. */
void one(int64_t M, int64_t N, int64_t K, const float* a, bool aTransposed, const float* b, bool bTransposed, float* c) {
  if (M <= GEMV_ROWS && !aTransposed && N > 1) {
    if (bTransposed) gemvTransposed(M, N, K, a, K, b, c);
    else gemv(M, N, K, a, K, b, nullptr, c);
  } else {
    gemm(M, N, K, aTransposed ? Matrix{a, 1, M} : Matrix{a, K, 1}, bTransposed ? Matrix{b, 1, K} : Matrix{b, N, 1}, c, N);
  }
}

}  // namespace

/** batch, M, N, K, transposeA, transposeB, oneA: one a for all, oneB: one b for all, a, b, c (batch, M, N) */
void matMul(Call& call) {
  const int64_t batch = call.size("batch", 0), M = call.size("M", 0), N = call.size("N", 0), K = call.size("K", 0);
  const bool aTransposed = call.flag("transposeA"), bTransposed = call.flag("transposeB");
  const int64_t stepA = call.flag("oneA") ? 0 : ::product(M, K), stepB = call.flag("oneB") ? 0 : ::product(K, N);
  const float* a = call.floats("a", stepA ? ::product(batch, M, K) : ::product(M, K));
  const float* b = call.floats("b", stepB ? ::product(batch, K, N) : ::product(K, N));
  float* c = call.floats("c", ::product(batch, M, N));
  call.done();
  const auto multiply = [&](int64_t i) {
    one(M, N, K, a + i * stepA, aTransposed, b + i * stepB, bTransposed, c + i * M * N);
  };
  // Small products run in parallel, each on one thread; large ones one after the other, each on all threads.
  const bool small = ::product(M, N, K) < (int64_t(1) << 20);
  if (small && batch > 1) parallel(batch, multiply);
  else for (int64_t i = 0; i < batch; i++) multiply(i);
}

/**
 * N, C, V, batchInvariant, x (N, C), weight (V, C) floats or bfloat16, bias (V) or null, y (N, V) = x · weightᵀ + bias
 */
void logits(Call& call) {
  const int64_t N = call.size("N", 0), C = call.size("C"), V = call.size("V");
  const bool byGemv = call.flag("batchInvariant") || N <= GEMV_ROWS;
  const float* x = call.floats("x", ::product(N, C));
  const bool halves = call.nextIsHalves();
  const uint16_t* narrow = halves ? call.halves("weight", ::product(V, C)) : nullptr;
  const float* weight = halves ? nullptr : call.floats("weight", ::product(V, C));
  const float* bias = call.floatsOrNull("bias", V);
  float* y = call.floats("y", ::product(N, V));
  call.done();
  if (halves) gemvTransposed(N, V, C, x, C, narrow, y);
  else if (byGemv) gemvTransposed(N, V, C, x, C, weight, y);
  else gemm(N, V, C, {x, C}, {weight, 1, C}, y, V);
  if (!bias) return;
  inRanges(N, TASK / V + 1, [&](int64_t from, int64_t to) {
    for (int64_t n = from; n < to; n++) {
      for (int64_t v = 0; v < V; v++) y[n * V + v] += bias[v];
    }
  });
}

/** count, from (count), to (count): bits of bfloat16 */
void toBf16(Call& call) {
  const int64_t count = call.size("count", 0);
  const float* from = call.floats("from", count);
  uint16_t* to = call.halves("to", count);
  call.done();
  inRanges(count, TASK, [&](int64_t start, int64_t end) {
    for (int64_t i = start; i < end; i++) to[i] = toHalf(from[i]);
  });
}

}  // namespace TARGET

// Matrix products: gemm for whole matrices on all threads; and its parts, packing and the micro-kernel (tile), for
// kernels whose products fit in the cache.
#pragma once
#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

#include "../addon/parallel.h"
#include "simd.h"

namespace TARGET {

// The micro-kernel's tile of the result, in registers: MR rows of NR columns.
#if defined(__AVX512F__)
constexpr int MR = 12, NV = 2;
#elif defined(__AVX__)
constexpr int MR = 6, NV = 2;
#elif defined(__aarch64__)
constexpr int MR = 6, NV = 4;
#else
constexpr int MR = 4, NV = 2;
#endif
constexpr int NR = NV * W;

/** Element (i, j) is data[i · rowStride + j · columnStride]; one of the strides is 1. */
struct Matrix {
  const float* data;
  int64_t rowStride;
  int64_t columnStride = 1;
};
inline Matrix transposed(Matrix m) { return {m.data, m.columnStride, m.rowStride}; }

/** Applied to the sums before they are stored: c = gelu(a · b + bias), a · b + bias + residual, or c + a · b. */
struct Epilogue {
  const float* bias = nullptr;      // (N)
  const float* residual = nullptr;  // (M, N), rows ldc apart
  float* beforeGelu = nullptr;      // (M, N), rows ldc apart: if given, takes a · b + bias, and GELU is applied
  bool accumulate = false;
  float* columnSums = nullptr;  // (N): if given, takes the sums of b's columns; b's columnStride must be 1
};

/** c (M, N) = a (M, K) · b (K, N); rows of c are ldc apart. */
void gemm(int64_t M, int64_t N, int64_t K, Matrix a, Matrix b, float* c, int64_t ldc, const Epilogue& epilogue = {});

/** sums (columns) = or += the sums of the columns of b (K, columns), whose rows are `stride` apart; on the calling thread. */
void sumColumns(const float* b, int64_t stride, int64_t K, int64_t columns, float* sums, bool accumulate);

/** b packed: panels of NR columns, each (K, NR), with zeros in columns beyond N; packedSize(K, N) floats in all. */
inline int64_t panels(int64_t N) { return (N + NR - 1) / NR; }
inline int64_t packedSize(int64_t K, int64_t N) { return panels(N) * NR * K; }
void packPanel(const Matrix& b, int64_t K, int64_t N, int64_t panel, float* to);
inline void pack(const Matrix& b, int64_t K, int64_t N, float* to) {
  for (int64_t p = 0; p < panels(N); p++) packPanel(b, K, N, p, to + p * K * NR);
}

/**
 * The micro-kernel: c (rows, columns) = or += a (rows, K) · one panel, whose K rows are `ldb` apart; rows ≤ MR,
 * columns ≤ NR. It writes `columns` columns alone, but reads all NR of the panel.
 */
void tile(int64_t rows, int64_t columns, int64_t K, Matrix a, const float* panel, int64_t ldb, float* c, int64_t ldc,
          bool accumulate);

/** c (M, N) = or += a (M, K) · packed panels (K, N), on the calling thread. */
void product(int64_t M, int64_t N, int64_t K, Matrix a, const float* packed, float* c, int64_t ldc, bool accumulate);

#ifdef __AVX512BF16__
// The same in bfloat16: one 32-bit word holds two neighbours along K. An odd K is padded with a zero.

/** Word (i, pair) is data[i · rowStride + pair · pairStride]. */
struct Pairs {
  const uint32_t* data;
  int64_t rowStride;
  int64_t pairStride;
};
inline int64_t pairs(int64_t K) { return (K + 1) / 2; }

/** Rounds two rows of W floats to W words: the low half from `even`, the high half from `odd`. */
inline __m512i interleave(V even, V odd) {
  // cvtne2ps: the 16 numbers of its second argument first, then those of the first.
  const __m512i both = (__m512i)_mm512_cvtne2ps_pbh((__m512)odd, (__m512)even);
  alignas(64) static const uint16_t ORDER[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                                 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
  return _mm512_permutexvar_epi16(_mm512_load_si512(ORDER), both);
}

inline void storeWords(uint32_t* to, __m512i words) { _mm512_storeu_si512(to, words); }

/** Packs one panel; all panels take panels(N) · NR · pairs(K) words. */
void packPanelBf16(const Matrix& b, int64_t K, int64_t N, int64_t panel, uint32_t* to);
/** Rounds a, whose columnStride is 1, to (M, pairs(K)) words, row by row. */
void toPairs(const Matrix& a, int64_t M, int64_t K, uint32_t* to);
void tileBf16(int64_t rows, int64_t columns, int64_t pairCount, Pairs a, const uint32_t* panel, float* c, int64_t ldc,
              bool accumulate);
#endif

}  // namespace TARGET

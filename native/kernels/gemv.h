// gemv: a few rows by a matrix, as in decoding. Such a product is bound by memory, so the matrix is read once, in
// order, without packing, from floats or from bfloat16. It is batch-invariant, and takes any number of rows: the order in
// which an element is summed does not depend on M, so that a row's result has the same bits whatever rows are beside it.
#pragma once
#include "simd.h"

namespace TARGET {

/** Up to this many rows of a the product is bound by reading b, so packing does not pay. */
constexpr int64_t GEMV_ROWS = 6;

/** c (M, N) = a (M, K) · b (K, N) + bias?; rows of a are aStride apart. */
void gemv(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const float* b, const float* bias,
             float* c);
void gemv(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const uint16_t* b, const float* bias,
             float* c);

/** c (M, N) = a (M, K) · bᵀ, b (N, K) */
void gemvTransposed(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const float* b, float* c);
void gemvTransposed(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const uint16_t* b, float* c);

}  // namespace TARGET

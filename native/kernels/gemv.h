// Products with few rows, as in decoding: memory-bound, so the matrix is read once, in order, as it lies, in floats or
// in bfloat16. Each element is summed in an order that does not depend on M (the product is batch-invariant): a row's
// result is the same bits whatever rows are beside it.
#pragma once
#include "simd.h"

namespace TARGET {

/** Up to so many rows of a the matrix's reading is what costs; with more the products are right too. */
constexpr int64_t FEW_ROWS = 6;

/** c (M, N) = a (M, K) · b (K, N) + bias?; rows of a are aStride apart. */
void fewRows(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const float* b, const float* bias,
             float* c);
void fewRows(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const uint16_t* b, const float* bias,
             float* c);

/** c (M, N) = a (M, K) · bᵀ, b (N, K) */
void fewRowsTransposed(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const float* b, float* c);
void fewRowsTransposed(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const uint16_t* b, float* c);

}  // namespace TARGET

// gemv: b's rows are split among tasks (split-K), or b's columns where b is transposed.
#include "gemv.h"

#include "ranges.h"

namespace TARGET {

namespace {

typedef uint16_t VH __attribute__((vector_size(W * 2), aligned(2), may_alias));

inline V loadAs(const float* from) { return load(from); }
inline V loadAs(const uint16_t* from) {
  return (V)(__builtin_convertvector(*reinterpret_cast<const VH*>(from), VU) << 16);
}
inline float one(float value) { return value; }
inline float one(uint16_t value) { return fromHalf(value); }

constexpr int ROWS = 8;            // rows of b that one pass adds to c
constexpr int64_t COLUMNS = 256;   // columns of these rows stay in the L1 cache for all rows of a
constexpr int64_t PARTS = 8;       // split-K: parts of b's rows
constexpr int64_t SMALL = 32768;   // one thread reads a b of fewer elements sooner than two do

/** c[j] += Σ a[r] · b[r][j] over R rows of b. */
template <int R, class Element>
inline void addRows(const float* a, const Element* b, int64_t stride, int64_t columns, float* c) {
  int64_t j = 0;
  for (; j + W <= columns; j += W) {
    V sum = load(c + j);
    if (R == ROWS) {
      for (int r = 0; r < R; r++) __builtin_prefetch(b + (ROWS + r) * stride + j);
    }
    for (int r = 0; r < R; r++) sum += a[r] * loadAs(b + r * stride + j);
    store(c + j, sum);
  }
  for (; j < columns; j++) {
    float sum = c[j];
    for (int r = 0; r < R; r++) sum += a[r] * one(b[r * stride + j]);
    c[j] = sum;
  }
}

/** c (M, N) += columns [from, to) of a · rows [from, to) of b. */
template <class Element>
void addRowRange(int64_t M, int64_t N, const float* a, int64_t aStride, const Element* b, int64_t from, int64_t to,
                 float* c) {
  for (int64_t k = from; k < to; k += ROWS) {
    for (int64_t j = 0; j < N; j += COLUMNS) {
      const int64_t columns = N - j < COLUMNS ? N - j : COLUMNS;
      for (int64_t m = 0; m < M; m++) {
        const float* left = a + m * aStride + k;
        if (to - k >= ROWS) {
          addRows<ROWS>(left, b + k * N + j, N, columns, c + m * N + j);
        } else {
          for (int64_t r = 0; r < to - k; r++) addRows<1>(left + r, b + (k + r) * N + j, N, columns, c + m * N + j);
        }
      }
    }
  }
}

template <class Element>
float dot(const float* a, const Element* b, int64_t K) {
  V sums[4] = {};
  int64_t k = 0;
  for (; k + 4 * W <= K; k += 4 * W) {
    for (int i = 0; i < 4; i++) sums[i] += load(a + k + i * W) * loadAs(b + k + i * W);
  }
  for (; k + W <= K; k += W) sums[0] += load(a + k) * loadAs(b + k);
  float total = sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
  for (; k < K; k++) total += a[k] * one(b[k]);
  return total;
}

/** Split-K: each task reads one part of b's rows from beginning to end; the parts' sums are added in a fixed order. */
template <class Element>
void splitK(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const Element* b, const float* bias,
                float* c) {
  const int64_t parts = N * K < SMALL ? 1 : PARTS, size = M * N;
  float* sums = scratch(2, parts * size);
  parallel(parts, [&](int64_t part) {
    memset(sums + part * size, 0, size_t(size) * sizeof(float));
    addRowRange(M, N, a, aStride, b, part * K / parts, (part + 1) * K / parts, sums + part * size);
  });
  for (int64_t i = 0; i < size; i++) {
    float total = bias ? bias[i % N] : 0;
    for (int64_t part = 0; part < parts; part++) total += sums[part * size + i];
    c[i] = total;
  }
}

/** One range of columns a thread: an element's sum does not depend on where its range ends. */
template <class Range>
void columnRanges(int64_t N, int64_t K, const Range& range) {
  const int64_t parts = N * K < SMALL ? 1 : threadCount();
  inRanges(N, (N + parts - 1) / parts, range);
}

template <class Element>
void dotProducts(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const Element* b, float* c) {
  columnRanges(N, K, [&](int64_t from, int64_t to) {
    for (int64_t j = from; j < to; j++) {
      for (int64_t m = 0; m < M; m++) c[m * N + j] = dot(a + m * aStride, b + j * K, K);
    }
  });
}

}  // namespace

void gemv(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const float* b, const float* bias,
             float* c) {
  splitK(M, N, K, a, aStride, b, bias, c);
}
void gemv(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const uint16_t* b, const float* bias,
             float* c) {
  splitK(M, N, K, a, aStride, b, bias, c);
}
void gemvTransposed(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const float* b, float* c) {
  dotProducts(M, N, K, a, aStride, b, c);
}
void gemvTransposed(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const uint16_t* b, float* c) {
  dotProducts(M, N, K, a, aStride, b, c);
}

}  // namespace TARGET

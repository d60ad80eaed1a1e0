// gemv: b's rows are split among tasks (split-K), or b's columns where b is transposed.
#include "gemv.h"

#include "gemm.h"
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
constexpr int BESIDE = W < 16 ? 2 : 4;  // rows of b share a load of a in dot products, as many as registers allow
constexpr int64_t RIGHT = 64;         // rows of b stay in the L2 cache for all rows of a
constexpr int64_t LEFT = 8;           // rows of a stay in the L1 cache meanwhile

int64_t partsOf(int64_t N, int64_t K) { return N * K < SMALL ? 1 : PARTS; }

/** c[m][j] += Σ a[m][r] · b[r][j] over R rows of b, for A rows of a. */
template <int A, int R, class Element>
inline void addRows(const float* a, int64_t aStride, const Element* b, int64_t stride, int64_t columns, float* c,
                    int64_t cStride) {
  int64_t j = 0;
  for (; j + W <= columns; j += W) {
    V sums[A];
    for (int m = 0; m < A; m++) sums[m] = load(c + m * cStride + j);
    if (R == ROWS) {
      for (int r = 0; r < R; r++) __builtin_prefetch(b + (ROWS + r) * stride + j);
    }
    for (int r = 0; r < R; r++) {
      const V right = loadAs(b + r * stride + j);
      for (int m = 0; m < A; m++) sums[m] += a[m * aStride + r] * right;
    }
    for (int m = 0; m < A; m++) store(c + m * cStride + j, sums[m]);
  }
  for (; j < columns; j++) {
    for (int m = 0; m < A; m++) {
      float sum = c[m * cStride + j];
      for (int r = 0; r < R; r++) sum += a[m * aStride + r] * one(b[r * stride + j]);
      c[m * cStride + j] = sum;
    }
  }
}

/** The same over `rows` rows of b, up to ROWS of them. */
template <int A, class Element>
inline void addSomeRows(const float* a, int64_t aStride, const Element* b, int64_t stride, int64_t rows, int64_t columns,
                        float* c, int64_t cStride) {
  if (rows == ROWS) return addRows<A, ROWS>(a, aStride, b, stride, columns, c, cStride);
  for (int64_t r = 0; r < rows; r++) addRows<A, 1>(a + r, aStride, b + r * stride, stride, columns, c, cStride);
}

/** c (M, N) += columns [from, to) of a · rows [from, to) of b. */
template <class Element>
void addRowRange(int64_t M, int64_t N, const float* a, int64_t aStride, const Element* b, int64_t from, int64_t to,
                 float* c) {
  for (int64_t k = from; k < to; k += ROWS) {
    for (int64_t j = 0; j < N; j += COLUMNS) {
      const Element* block = b + k * N + j;
      const int64_t columns = least(COLUMNS, N - j), rows = least(ROWS, to - k);
      int64_t m = 0;
      for (; m + 2 <= M; m += 2) addSomeRows<2>(a + m * aStride + k, aStride, block, N, rows, columns, c + m * N + j, N);
      if (m < M) addSomeRows<1>(a + m * aStride + k, aStride, block, N, rows, columns, c + m * N + j, N);
    }
  }
}

/** c[n] = a (K) · row n of b, for R rows of b. */
template <int R, class Element>
inline void dots(const float* a, const Element* b, int64_t K, float* c) {
  V sums[R][4];
#pragma GCC unroll 4
  for (int n = 0; n < R; n++) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) sums[n][i] = V{};
  }
  int64_t k = 0;
  for (; k + 4 * W <= K; k += 4 * W) {
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
      const V left = load(a + k + i * W);
#pragma GCC unroll 4
      for (int n = 0; n < R; n++) sums[n][i] += left * loadAs(b + n * K + k + i * W);
    }
  }
  for (; k + W <= K; k += W) {
#pragma GCC unroll 4
    for (int n = 0; n < R; n++) sums[n][0] += load(a + k) * loadAs(b + n * K + k);
  }
#pragma GCC unroll 4
  for (int n = 0; n < R; n++) {
    float total = sum((sums[n][0] + sums[n][1]) + (sums[n][2] + sums[n][3]));
    for (int64_t at = k; at < K; at++) total += a[at] * one(b[n * K + at]);
    c[n] = total;
  }
}

/** Split-K: each task reads one part of b's rows from beginning to end; the parts' sums are added in a fixed order. */
template <class Element>
void splitK(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const Element* b, const float* bias,
            float* c) {
  const int64_t parts = partsOf(N, K), size = M * N;
  float* sums = scratch(2, parts * size);
  parallel(parts, [&](int64_t part) {
    memset(sums + part * size, 0, size_t(size) * sizeof(float));
    addRowRange(M, N, a, aStride, b, part * K / parts, (part + 1) * K / parts, sums + part * size);
  });
  for (int64_t m = 0; m < M; m++) {
    for (int64_t j = 0; j < N; j += W) {
      V total = bias ? loadUpTo(bias + j, N - j) : V{};
      for (int64_t part = 0; part < parts; part++) total += loadUpTo(sums + part * size + m * N + j, N - j);
      storeUpTo(c + m * N + j, total, N - j);
    }
  }
}

/** b's rows, `N` apart, as a panel: rows of NR columns, those beyond `columns` zero. */
template <class Element>
void packRows(const Element* b, int64_t N, int64_t K, int64_t columns, float* to) {
  for (int64_t k = 0; k < K; k++, b += N, to += NR) {
    if (columns == NR) {
      for (int j = 0; j < NV; j++) store(to + j * W, loadAs(b + j * W));
    } else {
      for (int64_t j = 0; j < NR; j++) to[j] = j < columns ? one(b[j]) : 0;
    }
  }
}

/** The same sums in the same order for more rows, which share a packed panel of b: tiles, as in gemm. */
template <class Element>
void splitKInTiles(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const Element* b,
                       const float* bias, float* c) {
  const int64_t parts = partsOf(N, K), tiles = (M + MR - 1) / MR, height = (M + tiles - 1) / tiles;
  const int64_t stride = (K + 31) / 16 * 16;  // spreads a's rows over the cache
  float* rows = scratch(1, M * stride);
  for (int64_t m = 0; m < M; m++) memcpy(rows + m * stride, a + m * aStride, size_t(K) * sizeof(float));
  parallel(panels(N), [&](int64_t p) {
    const int64_t first = p * NR, columns = least(NR, N - first);
    for (int64_t m = 0; m < M; m++) {
      for (int64_t j = first; j < first + columns; j++) c[m * N + j] = bias ? bias[j] : 0;
    }
    float* panel = scratch(0, NR * (K / parts + 1));
    for (int64_t part = 0; part < parts; part++) {
      const int64_t from = part * K / parts, length = (part + 1) * K / parts - from;
      packRows(b + from * N + first, N, length, columns, panel);
      for (int64_t m = 0; m < M; m += height) {
        tile(least(height, M - m), columns, length, {rows + m * stride + from, stride}, panel, NR, c + m * N + first, N,
             true);
      }
    }
  });
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
    for (int64_t j0 = from; j0 < to; j0 += RIGHT) {
      for (int64_t m0 = 0; m0 < M; m0 += LEFT) {
        const int64_t end = least(to, j0 + RIGHT), last = least(M, m0 + LEFT);
        int64_t j = j0;
        for (; j + BESIDE <= end; j += BESIDE) {
          for (int64_t m = m0; m < last; m++) dots<BESIDE>(a + m * aStride, b + j * K, K, c + m * N + j);
        }
        for (; j < end; j++) {
          for (int64_t m = m0; m < last; m++) dots<1>(a + m * aStride, b + j * K, K, c + m * N + j);
        }
      }
    }
  });
}

}  // namespace

void gemv(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const float* b, const float* bias,
             float* c) {
  (M <= GEMV_ROWS ? splitK<float> : splitKInTiles<float>)(M, N, K, a, aStride, b, bias, c);
}
void gemv(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const uint16_t* b, const float* bias,
             float* c) {
  (M <= GEMV_ROWS ? splitK<uint16_t> : splitKInTiles<uint16_t>)(M, N, K, a, aStride, b, bias, c);
}
void gemvTransposed(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const float* b, float* c) {
  dotProducts(M, N, K, a, aStride, b, c);
}
void gemvTransposed(int64_t M, int64_t N, int64_t K, const float* a, int64_t aStride, const uint16_t* b, float* c) {
  dotProducts(M, N, K, a, aStride, b, c);
}

}  // namespace TARGET

// The products of attention, with operands in float32 or rounded to bfloat16. A left operand is stored row by row, a
// right one in packed panels. Either format takes words of 32 bits, so that both fit the same scratch.
#pragma once
#include "../addon/targets.h"
#include "attention.h"

namespace TARGET {

struct FloatOperands {
  using Word = float;
  /** How many words hold n numbers along the dimension that is summed over. */
  static int64_t words(int64_t n) { return n; }
  /** Copies rows as a left operand, words(D) apart: their own stride could cause cache conflicts. */
  static void rows(Rows from, int64_t count, int64_t D, Word* to) {
    for (int64_t i = 0; i < count; i++) memcpy(to + i * D, from[i], size_t(D) * sizeof(float));
  }
  static void panel(const Matrix& b, int64_t K, int64_t N, int64_t p, Word* to) { packPanel(b, K, N, p, to); }
  /** A number as the products see it. */
  static V held(V value) { return value; }
  /** Weights (rows, keys), `stride` apart, as a left operand, converted in place. */
  static const Word* along(const Block&, float* weights, int64_t) { return weights; }
  /** The transposed weights as a left operand: element (key, query) is in word key + words(query) · stride. */
  static const Word* down(const Block&, const float* weights, int64_t, Word*) { return weights; }
  static void multiply(int64_t rows, int64_t columns, int64_t K, const Word* a, int64_t rowStride, int64_t stepStride,
                       const Word* panel, float* c, int64_t ldc, bool accumulate) {
    tile(rows, columns, K, {a, rowStride, stepStride}, panel, NR, c, ldc, accumulate);
  }
};

#ifdef __AVX512BF16__
struct Bf16Operands {
  using Word = uint32_t;
  static int64_t words(int64_t n) { return pairs(n); }
  static void rows(Rows from, int64_t count, int64_t D, Word* to) {
    toPairs({from.data, from.stride}, count, D, to);
  }
  static void panel(const Matrix& b, int64_t K, int64_t N, int64_t p, Word* to) { packPanelBf16(b, K, N, p, to); }
  static V held(V value) { return (V)_mm512_cvtpbh_ps(_mm512_cvtneps_pbh((__m512)value)); }
  static const Word* along(const Block& block, float* weights, int64_t stride) {
    const int64_t whole = (block.keys + 2 * W - 1) / (2 * W) * 2 * W;
    for (int64_t r = 0; r < block.rows; r++) {
      float* row = weights + r * stride;
      toPairs({row, stride}, 1, whole, reinterpret_cast<Word*>(row));  // never writes ahead of what it reads
    }
    return reinterpret_cast<Word*>(weights);
  }
  static const Word* down(const Block& block, const float* weights, int64_t stride, Word* to) {
    for (int64_t r = 0; r < block.rows; r += 2) {
      const float* row = weights + r * stride;
      for (int64_t j = 0; j < block.keys; j += W) {
        const V odd = r + 1 < block.rows ? load(row + stride + j) : V{};
        storeWords(to + r / 2 * stride + j, interleave(load(row + j), odd));
      }
    }
    return to;
  }
  static void multiply(int64_t rows, int64_t columns, int64_t K, const Word* a, int64_t rowStride, int64_t stepStride,
                       const Word* panel, float* c, int64_t ldc, bool accumulate) {
    tileBf16(rows, columns, pairs(K), {a, rowStride, stepStride}, panel, c, ldc, accumulate);
  }
};
#endif

/** a · b, with a as the products see it. */
template <class Operands>
float dotHeld(const float* a, const float* b, int64_t n) {
  V total = {};
  for (int64_t i = 0; i < n; i += W) total += Operands::held(loadUpTo(a + i, n - i)) * loadUpTo(b + i, n - i);
  return sum(total);
}

/** Calls work with operands of the precision that is set. */
template <class Work>
void withOperands(const Work& work) {
#ifdef __AVX512BF16__
  if (useBf16.load(std::memory_order_relaxed)) return work(Bf16Operands{});
#endif
  work(FloatOperands{});
}

/** The size of a right operand (K, N) packed into panels, in words. */
template <class Operands>
int64_t panelWords(int64_t K, int64_t N) {
  return panels(N) * NR * Operands::words(K);
}
template <class Operands, class Word>
void packPanels(const Matrix& b, int64_t K, int64_t N, Word* to) {
  for (int64_t p = 0; p < panels(N); p++) Operands::panel(b, K, N, p, to + p * NR * Operands::words(K));
}

/** scores (rows, keys), `stride` apart, = a (rows, D) · b (D, keys). */
template <class Operands, class Word>
void multiplyAcross(const Block& block, const Word* a, const Word* b, float* scores, int64_t stride) {
  const auto [rows, before, keys, D] = block;
  const int64_t aStride = Operands::words(D);
  for (int64_t j = 0; j < keys; j += NR) {
    for (int64_t r = 0; r < rows; r += MR) {
      const int64_t height = least(MR, rows - r);
      const int64_t columns = block.seen(r, height) - j;
      if (columns <= 0) continue;
      Operands::multiply(height, columns <= W ? W : NR, D, a + r * aStride, aStride, 1, b + j * Operands::words(D),
                         scores + r * stride + j, stride, false);
    }
  }
}

/** c (rows, D) = or += weights (rows, keys) · b (keys, D), where b was packed for `packed` keys. */
template <class Operands, class Word>
void mix(const Block& block, const Word* weights, int64_t stride, const Word* b, int64_t packed, float* c,
         int64_t cStride, bool accumulate) {
  const auto [rows, before, keys, D] = block;
  for (int64_t d = 0; d < D; d += NR, b += NR * Operands::words(packed)) {
    for (int64_t r = 0; r < rows; r += MR) {
      const int64_t height = least(MR, rows - r);
      Operands::multiply(height, least(NR, D - d), block.seen(r, height), weights + r * stride, stride, 1, b,
                         c + r * cStride + d, cStride, accumulate);
    }
  }
}

/** c (keys, D) = or += weightsᵀ · b (rows, D); `before` is a multiple of MR. */
template <class Operands, class Word>
void mixBack(const Block& block, const Word* weights, int64_t stride, const Word* b, float* c, int64_t cStride,
             bool accumulate) {
  const auto [rows, before, keys, D] = block;
  for (int64_t d = 0; d < D; d += NR, b += NR * Operands::words(rows)) {
    for (int64_t j = 0; j < keys; j += MR) {
      const int64_t r = Operands::words(j > before ? j - before : 0);  // of the first query that sees key j
      Operands::multiply(least(MR, keys - j), least(NR, D - d), rows - (j > before ? j - before : 0),
                         weights + r * stride + j, 1, stride, b + r * NR, c + j * cStride + d, cStride, accumulate);
    }
  }
}

}  // namespace TARGET

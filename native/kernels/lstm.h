// What the LSTM and its gradient share: the products inside the recurrence, in float32 or in bfloat16. Hidden units go
// W at a time: such W units are a block.
#pragma once
#include "../addon/targets.h"
#include "gemm.h"

namespace TARGET {

/** Input, forget, cell, output. */
constexpr int GATES = 4;

/** How B rows of `units` are cut into blocks of W units and into tiles of nearly equal height. */
struct Blocks {
  Blocks(int64_t B, int64_t units) : rows(B), count((units + W - 1) / W), tiles((B + MR - 1) / MR) {
    height = (B + tiles - 1) / tiles;
  }
  int64_t padded() const { return count * W; }
  int64_t rowsOf(int64_t tile) const { return least(height, rows - tile * height); }

  int64_t rows, count, tiles, height;
};

/** Operands in float32: rows of state, which are written a vector at a time, times packed panels. */
struct FloatOperands {
  using Word = float;
  static int64_t words(int64_t K) { return K; }
  static void put(float* row, int64_t at, V value) { store(row + at, value); }
  static void pack(const Matrix& b, int64_t K, int64_t N, int64_t panel, float* to) { packPanel(b, K, N, panel, to); }
  static void multiply(int64_t rows, int64_t K, const float* a, int64_t stride, const float* panel, float* c,
                       int64_t ldc) {
    tile(rows, NR, K, {a, stride}, panel, NR, c, ldc, false);
  }
};

#ifdef __AVX512BF16__
struct Bf16Operands {
  using Word = uint32_t;
  static int64_t words(int64_t K) { return pairs(K); }
  static void put(uint32_t* row, int64_t at, V value) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(row + at / 2), (__m256i)_mm512_cvtneps_pbh((__m512)value));
  }
  static void pack(const Matrix& b, int64_t K, int64_t N, int64_t panel, uint32_t* to) {
    packPanelBf16(b, K, N, panel, to);
  }
  static void multiply(int64_t rows, int64_t K, const uint32_t* a, int64_t stride, const uint32_t* panel, float* c,
                       int64_t ldc) {
    tileBf16(rows, NR, pairs(K), {a, stride, 1}, panel, c, ldc, false);
  }
};
#endif

/** Calls work with operands of the precision that is set. */
template <class Work>
inline void withOperands(const Work& work) {
#ifdef __AVX512BF16__
  if (useBf16.load(std::memory_order_relaxed)) return work(Bf16Operands());
#endif
  work(FloatOperands());
}

/** The stride of rows of state: not a power of two, which would cause cache conflicts. */
inline int64_t spread(int64_t words) { return (words + 15) / 16 * 16 + 16; }

/** Scratch memory of so many words, all 0. */
template <class Word>
inline Word* zeroScratch(int slot, int64_t words) {
  float* memory = scratch(slot, words);
  memset(memory, 0, size_t(words) * sizeof(float));
  return reinterpret_cast<Word*>(memory);
}

}  // namespace TARGET

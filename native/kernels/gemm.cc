// gemm, the matrix product, by packing and a micro-kernel, as in GotoBLAS: b is packed into panels of NR columns, a
// into groups of MR rows, unless its rows can be read in place. The micro-kernel (tile) keeps MR × NR sums in registers
// over a whole block of K.
#include "gemm.h"

#include "../addon/targets.h"
#include "activation.h"
#include "ranges.h"

namespace TARGET {

#include "gemm-tile.inc"

namespace {

// Blocking: a panel of b, KC × NR, stays in the L2 cache; all packed panels of a block stay in L3.
constexpr int64_t KC = 512;
constexpr int64_t PACKED = int64_t(1) << 20;  // floats of b packed at a time
constexpr int64_t WIDE_PANELS = 12;           // multiplyWide needs so many panels, to have tasks enough
constexpr int64_t WIDE_ROWS = 85 * MR;        // rows of a in one of its tasks
constexpr int64_t TALL_GROUPS = 16;           // groups of MR rows in a task of multiplyTall, at most
constexpr int64_t MOST_ROWS = 256 * MR;       // rows of a packed at a time
constexpr int64_t AHEAD = 16;                 // rows that packing prefetches ahead: they lie too far apart for the hardware

inline void prefetchRow(const float* row) {
  for (int64_t j = 0; j < NR; j += 16) __builtin_prefetch(row + j);
}

/**
 * Packs rows of a whose rowStride is 1 into groups of MR, which the micro-kernel reads in order: element (k, i) of a
 * group goes to to[k · MR + i]. The loop over K is outside, since the numbers of one k are neighbours in memory.
 */
void packAcross(const Matrix& a, int64_t rows, int64_t K, int64_t groupSize, float* to) {
  for (int64_t k = 0; k < K; k++) {
    const float* from = a.data + k * a.columnStride;
    float* group = to + k * MR;
    int64_t left = rows;
    for (; left >= MR; left -= MR, from += MR * a.rowStride, group += groupSize) memcpy(group, from, MR * sizeof(float));
    for (int64_t i = 0; i < left; i++) group[i] = from[i * a.rowStride];
  }
}

}  // namespace

void packPanel(const Matrix& b, int64_t K, int64_t N, int64_t panel, float* to) {
  const int64_t from = panel * NR, columns = N - from < NR ? N - from : NR;
  const float* data = b.data + from * b.columnStride;
  if (b.columnStride == 1) {
    for (int64_t k = 0; k < K; k++) {
      const float* row = data + k * b.rowStride;
      prefetchRow(row + AHEAD * b.rowStride);
      if (columns == NR) {
        for (int j = 0; j < NV; j++) store(to + k * NR + j * W, load(row + j * W));
      } else {
        for (int64_t j = 0; j < NR; j++) to[k * NR + j] = j < columns ? row[j] : 0;
      }
    }
    return;
  }
  for (int64_t j0 = 0; j0 < NR; j0 += W) {
    int64_t k = 0;
    if (columns - j0 >= W && b.rowStride == 1) {
      for (; k + W <= K; k += W) {
        V block[W];
        for (int j = 0; j < W; j++) block[j] = load(data + (j0 + j) * b.columnStride + k);
        transpose(block);
        for (int i = 0; i < W; i++) store(to + (k + i) * NR + j0, block[i]);
      }
    }
    for (; k < K; k++) {
      for (int64_t j = j0; j < j0 + W; j++) {
        to[k * NR + j] = j < columns ? data[k * b.rowStride + j * b.columnStride] : 0;
      }
    }
  }
}

void sumColumns(const float* b, int64_t stride, int64_t K, int64_t columns, float* sums, bool accumulate) {
  for (int64_t j = 0; j < columns; j += W) {
    const int64_t n = columns - j;
    V total = accumulate ? loadUpTo(sums + j, n) : V{};
    for (int64_t k = 0; k < K; k++) total += loadUpTo(b + k * stride + j, n);
    storeUpTo(sums + j, total, n);
  }
}

void tile(int64_t rows, int64_t columns, int64_t K, Matrix a, const float* panel, int64_t ldb, float* c, int64_t ldc,
          bool accumulate) {
  const Finish finish = {nullptr, nullptr, nullptr, accumulate};
  if (columns <= W) tileUpTo<MR, 1>(rows, K, a, panel, ldb, columns, c, ldc, finish);
  else tileUpTo<MR, NV>(rows, K, a, panel, ldb, columns, c, ldc, finish);
}

void product(int64_t M, int64_t N, int64_t K, Matrix a, const float* packed, float* c, int64_t ldc, bool accumulate) {
  const int64_t height = tileHeight(M);
  for (int64_t p = 0; p < panels(N); p++) {
    const int64_t columns = N - p * NR < NR ? N - p * NR : NR;
    for (int64_t i = 0; i < M; i += height) {
      tile(M - i < height ? M - i : height, columns, K, {a.data + i * a.rowStride, a.rowStride, a.columnStride},
           packed + p * K * NR, NR, c + i * ldc + p * NR, ldc, accumulate);
    }
  }
}

#ifdef __AVX512BF16__
#include "gemm-bf16.inc"
#endif

namespace {

/** How operands are packed and multiplied in float32. */
struct FloatFormat {
  using Word = float;
  static constexpr int64_t DEEPEST = KC;  // K of a product that is not cut along it
  static int64_t words(int64_t K) { return K; }

  /** Rows whose rowStride is 1 are packed in groups; others row by row, at a stride that avoids cache conflicts. */
  static int64_t rowStride(const Matrix& a, int64_t K) { return a.columnStride == 1 ? (K + 31) / 16 * 16 : 1; }
  static int64_t stepStride(const Matrix& a) { return a.columnStride == 1 ? 1 : MR; }
  /** Rows of a in groups of MR, each group `groupSize` words. */
  static void packRows(const Matrix& a, int64_t rows, int64_t K, int64_t groupSize, float* to) {
    if (a.columnStride != 1) return packAcross(a, rows, K, groupSize, to);
    for (int64_t i = 0; i < rows; i++) memcpy(to + i * rowStride(a, K), a.data + i * a.rowStride, size_t(K) * 4);
  }
  static void packColumns(const Matrix& b, int64_t K, int64_t N, int64_t panel, float* to) {
    packPanel(b, K, N, panel, to);
  }
  static void multiply(int64_t rows, int64_t K, const float* a, int64_t rowStride, int64_t stepStride, const float* b,
                       int64_t columns, float* c, int64_t ldc, const Finish& finish) {
    tileUpTo<MR, NV>(rows, K, {a, rowStride, stepStride}, b, NR, columns, c, ldc, finish);
  }
};

#ifdef __AVX512BF16__
/** How they are packed and multiplied in bfloat16: two neighbours along K in one word. */
struct Bf16Format {
  using Word = uint32_t;
  static constexpr int64_t DEEPEST = 2 * KC;  // a panel is as large then as one of floats, and c is not read again
  static int64_t words(int64_t K) { return pairs(K); }
  static int64_t rowStride(const Matrix& a, int64_t K) { return a.columnStride == 1 ? (pairs(K) + 31) / 16 * 16 : 1; }
  static int64_t stepStride(const Matrix& a) { return a.columnStride == 1 ? 1 : MR; }
  static void packRows(const Matrix& a, int64_t rows, int64_t K, int64_t groupSize, uint32_t* to) {
    if (a.columnStride != 1) return packAcrossBf16(a, rows, K, groupSize, to);
    for (int64_t i = 0; i < rows; i++) {
      toPairs({a.data + i * a.rowStride, a.rowStride}, 1, K, to + i * rowStride(a, K));
    }
  }
  static void packColumns(const Matrix& b, int64_t K, int64_t N, int64_t panel, uint32_t* to) {
    packPanelBf16(b, K, N, panel, to);
  }
  static void multiply(int64_t rows, int64_t K, const uint32_t* a, int64_t rowStride, int64_t stepStride,
                       const uint32_t* b, int64_t columns, float* c, int64_t ldc, const Finish& finish) {
    tileUpToBf16<MR>(rows, pairs(K), {a, rowStride, stepStride}, b, columns, c, ldc, finish);
  }
};
#endif

/** One block of the product: c (M, N) = finish(a (M, K) · b (K, N)), N and K within the limits above. */
template <class Format>
struct Block {
  using Word = typename Format::Word;

  int64_t M, N, K;
  Matrix a, b;
  bool inPlace;  // rows of a are read in place, not packed
  float* c;
  int64_t ldc;
  Finish finish;
  float* columnSums;
  bool firstSums;

  int64_t panelCount() const { return panels(N); }
  int64_t panelSize() const { return NR * Format::words(K); }
  int64_t groupCount() const { return (M + MR - 1) / MR; }
  int64_t groupSize() const {
    const int64_t stride = Format::rowStride(a, K);
    if (stride > 1) return MR * stride;
    return MR * Format::words(K) + 16;  // packAcross writes to all groups in turn: they must not share a set of the cache
  }

  void packPanel(int64_t p, bool sums, Word* to) const {
    const int64_t column = p * NR, columns = N - column < NR ? N - column : NR;
    Format::packColumns(b, K, N, p, to);
    // The panel's elements are still warm from packing.
    if (columnSums && sums) sumColumns(b.data + column, b.rowStride, K, columns, columnSums + column, !firstSums);
  }

  /** c's rows [from, to), whose packed groups are at `packedA`, times one packed panel. */
  void multiply(int64_t from, int64_t to, const Word* packedA, int64_t p, const Word* panel) const {
    const int64_t column = p * NR, columns = N - column < NR ? N - column : NR;
    const int64_t height = inPlace ? tileHeight(to - from) : MR;
    for (int64_t i = from; i < to; i += height) {
      const int64_t rows = to - i < height ? to - i : height, place = i * ldc + column;
      const Finish here = {finish.bias ? finish.bias + column : nullptr,
                           finish.residual ? finish.residual + place : nullptr,
                           finish.beforeGelu ? finish.beforeGelu + place : nullptr, finish.accumulate};
      if constexpr (__is_same(Word, float)) {
        if (inPlace) {
          Format::multiply(rows, K, a.data + i * a.rowStride, a.rowStride, 1, panel, columns, c + place, ldc, here);
          continue;
        }
      }
      Format::multiply(rows, K, packedA + (i - from) / MR * groupSize(), Format::rowStride(a, K), Format::stepStride(a), panel,
                       columns, c + place, ldc, here);
    }
    if (finish.beforeGelu) settle();
  }

  /** Packs the groups [from, to) of a's rows. */
  void packGroups(int64_t from, int64_t to, Word* packedA) const {
    const int64_t i = from * MR, end = M < to * MR ? M : to * MR;
    Format::packRows({a.data + i * a.rowStride, a.rowStride, a.columnStride}, end - i, K, groupSize(), packedA);
  }

  /** For a no larger than b: a is packed first and shared; each task packs its own panels of b, one at a time. */
  void multiplyWide() const {
    Word* packedA = inPlace ? nullptr : reinterpret_cast<Word*>(scratch(1, groupCount() * groupSize()));
    if (!inPlace) {
      inRanges(groupCount(), 65536 / (groupSize() + 1),
               [&](int64_t from, int64_t to) { packGroups(from, to, packedA + from * groupSize()); });
    }
    const int64_t sixteenth = panelCount() / 16, each = sixteenth < 1 ? 1 : sixteenth > 4 ? 4 : sixteenth;
    const int64_t chunks = (panelCount() + each - 1) / each, rowTasks = (M + WIDE_ROWS - 1) / WIDE_ROWS;
    parallel(rowTasks * chunks, [&](int64_t task) {
      const int64_t r = task / chunks, first = task % chunks * each;
      const int64_t last = panelCount() - first < each ? panelCount() : first + each;
      const int64_t end = M - r * WIDE_ROWS < WIDE_ROWS ? M : (r + 1) * WIDE_ROWS;
      const Word* rows = inPlace ? nullptr : packedA + r * WIDE_ROWS / MR * groupSize();
      Word* panel = reinterpret_cast<Word*>(scratch(0, panelSize()));
      for (int64_t p = first; p < last; p++) {
        packPanel(p, r == 0, panel);
        multiply(r * WIDE_ROWS, end, rows, p, panel);
      }
    });
  }

  /** For b smaller than a: b is packed first and shared; each task packs its own rows of a. */
  void multiplyTall() const {
    Word* packedB = reinterpret_cast<Word*>(scratch(0, panelCount() * panelSize()));
    inRanges(panelCount(), 65536 / (panelSize() + 1), [&](int64_t from, int64_t to) {
      for (int64_t p = from; p < to; p++) packPanel(p, true, packedB + p * panelSize());
    });
    // So few groups a task that there are sixteen tasks, and that they fit in a core's cache.
    const int64_t sixteenth = (groupCount() + 15) / 16, each = sixteenth > TALL_GROUPS ? TALL_GROUPS : sixteenth;
    inRanges(groupCount(), each, [&](int64_t from, int64_t to) {
      Word* packedA = inPlace ? nullptr : reinterpret_cast<Word*>(scratch(1, each * groupSize()));
      if (!inPlace) packGroups(from, to, packedA);
      const int64_t end = M < to * MR ? M : to * MR;
      for (int64_t p = 0; p < panelCount(); p++) multiply(from * MR, end, packedA, p, packedB + p * panelSize());
    });
  }
};

/** Cuts the product into blocks; those along K accumulate into c. */
template <class Format>
void multiplyAll(int64_t M, int64_t N, int64_t K, Matrix a, Matrix b, float* c, int64_t ldc, const Epilogue& e,
                 bool inPlace) {
  const int64_t blocks = K > Format::DEEPEST ? (K + KC - 1) / KC : 1, kc = K > 0 ? ((K + blocks - 1) / blocks + 1) / 2 * 2 : 1;
  const bool wide = panels(N) >= WIDE_PANELS && (N >= M || inPlace);
  const int64_t most = PACKED / kc / NR * NR, nc = wide ? N : most < NR ? NR : most;
  const int64_t mc = wide && !inPlace ? MOST_ROWS : M;
  for (int64_t j = 0; j < N; j += nc) {
    for (int64_t i = 0; i < M; i += mc) {
      for (int64_t k = 0; k == 0 || k < K; k += kc) {
        const bool last = k + kc >= K;
        const int64_t place = i * ldc + j;
        const Block<Format> block = {
            M - i < mc ? M - i : mc,
            N - j < nc ? N - j : nc,
            K - k < kc ? K - k : kc,
            {a.data + i * a.rowStride + k * a.columnStride, a.rowStride, a.columnStride},
            {b.data + k * b.rowStride + j * b.columnStride, b.rowStride, b.columnStride},
            inPlace,
            c + place,
            ldc,
            {last && e.bias ? e.bias + j : nullptr, last && e.residual ? e.residual + place : nullptr,
             last && e.beforeGelu ? e.beforeGelu + place : nullptr, k > 0 || e.accumulate},
            e.columnSums && i == 0 ? e.columnSums + j : nullptr,
            k == 0,
        };
        if (wide) block.multiplyWide();
        else block.multiplyTall();
      }
    }
  }
}

}  // namespace

void gemm(int64_t M, int64_t N, int64_t K, Matrix a, Matrix b, float* c, int64_t ldc, const Epilogue& epilogue) {
  if (M == 0 || N == 0) return;
#ifdef __AVX512BF16__
  if (useBf16.load(std::memory_order_relaxed) && M >= 8) {
    return multiplyAll<Bf16Format>(M, N, K, a, b, c, ldc, epilogue, false);
  }
#endif
  // With few columns each row of a is read too few times for packing it to pay.
  const bool inPlace = a.columnStride == 1 && N <= 512;
  multiplyAll<FloatFormat>(M, N, K, a, b, c, ldc, epilogue, inPlace);
}

}  // namespace TARGET

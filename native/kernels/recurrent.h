// What recurrent layers share: the products inside the recurrence, in float32 or in bfloat16, and the way forwards through
// time. One product gives the input's part of all gates of all steps. Then, step by step, a task multiplies the hidden
// values by one block of the recurrent weights' columns, and the layer's cell computes the block's hidden values from both.
//
// A cell is a struct with
//   GATES: pre-activations of a unit; gate q of unit h is column q · H + h of the weights;
//   V step(const Units& at, const float* recurrent, int64_t stride) const: the units' hidden values after a step, from the
//     input's part of their gates in Sequence::gates and the recurrent part, which is given, gate q at q · stride.
#pragma once
#include "../addon/call.h"
#include "../addon/steps.h"
#include "../addon/targets.h"
#include "gemm.h"
#include "gemv.h"

namespace TARGET {

/** Operands in float32: rows of state, which are written a vector at a time, times packed panels. */
struct FloatState {
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
struct Bf16State {
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
  if (useBf16.load(std::memory_order_relaxed)) return work(Bf16State());
#endif
  work(FloatState());
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

/** How B rows are cut into tiles of nearly equal height. */
struct RowTiles {
  explicit RowTiles(int64_t B) : rows(B), count((B + MR - 1) / MR) { height = (B + count - 1) / count; }
  int64_t heightOf(int64_t tile) const { return least(height, rows - tile * height); }

  int64_t rows, count, height;
};

/** W units of text b at step t, from `first` on. */
struct Units {
  int64_t b, t, first;
  int64_t count;  // W, or fewer at the end of the row
};

/** A layer's sizes, and the arrays that it has whatever its cell. */
struct Sequence {
  int64_t B, T, I, H;
  const float* x;       // (B, T, I)
  const float* bias;    // (G): G is GATES · H
  const float* hidden;  // (B, H) to start from, or null for zeros
  float* y;             // (B, T, H)
  float* gates;         // (B, T, G), or y where there is one gate

  int64_t row(const Units& at) const { return at.b * T + at.t; }
  /** Where these units are in an array (B, T, H). */
  int64_t place(const Units& at) const { return row(at) * H + at.first; }
  /** Where their gates are in an array (B, T, G). */
  int64_t gatePlace(const Units& at, int64_t gates) const { return row(at) * gates * H + at.first; }
  V hiddenBefore(const Units& at) const {
    if (at.t > 0) return loadUpTo(y + place(at) - H, at.count);
    return hidden ? loadUpTo(hidden + at.b * H + at.first, at.count) : V{};
  }
};

/** How a cell's columns of the recurrent weights are cut: a block of units has all of their gates, and fills whole panels. */
template <class Cell>
struct Blocks {
  static constexpr int SIDE = Cell::GATES % NV == 0 ? 1 : NV;  // vectors of units in a block
  static constexpr int UNITS = SIDE * W;
  static constexpr int PANELS = Cell::GATES * SIDE / NV;
  static constexpr int COLUMNS = PANELS * NR;

  static int64_t count(int64_t H) { return (H + UNITS - 1) / UNITS; }

  /** Packs a block's columns of recurrent (H, G), gate beside gate, into panels. */
  template <class Operands>
  static void pack(const float* recurrent, int64_t H, int64_t block, typename Operands::Word* to) {
    float* columns = scratch(7, H * NR);
    for (int64_t p = 0; p < PANELS; p++) {
      for (int64_t k = 0; k < H; k++) {
        for (int j = 0; j < NV; j++) {
          const int64_t vector = p * NV + j, gate = vector / SIDE, first = block * UNITS + vector % SIDE * W;
          const V value = first < H ? loadUpTo(recurrent + (k * Cell::GATES + gate) * H + first, H - first) : V{};
          store(columns + k * NR + j * W, value);
        }
      }
      Operands::pack({columns, NR}, H, NR, 0, to + p * NR * Operands::words(H));
    }
  }
};

template <class Operands, class Cell>
void unroll(const Sequence& layer, const float* recurrent, const Cell& cell) {
  using Word = typename Operands::Word;
  using Block = Blocks<Cell>;
  constexpr int GATES = Cell::GATES;
  const int64_t B = layer.B, T = layer.T, H = layer.H, count = Block::count(H);
  const RowTiles tiles(B);
  const int64_t panelSize = NR * Operands::words(H), blockSize = Block::PANELS * panelSize;
  Word* packed = reinterpret_cast<Word*>(scratch(4, count * blockSize));
  parallel(count, [&](int64_t u) { Block::template pack<Operands>(recurrent, H, u, packed + u * blockSize); });
  // Two buffers of hidden values, those before a step and those after it, which swap at each step.
  const int64_t stride = spread(Operands::words(count * Block::UNITS));
  Word* states = zeroScratch<Word>(5, 2 * B * stride);
  for (int64_t b = 0; b < B && layer.hidden; b++) {
    for (int64_t h = 0; h < H; h += W) Operands::put(states + b * stride, h, loadUpTo(layer.hidden + b * H + h, H - h));
  }
  inSteps(T, count * tiles.count, [&](int64_t t, int64_t task) {
    const int64_t u = task / tiles.count, r = task % tiles.count, from = r * tiles.height;
    const int64_t rows = tiles.heightOf(r), first = u * Block::UNITS;
    const Word* before = states + (t % 2 * B + from) * stride;
    Word* after = states + ((t + 1) % 2 * B + from) * stride;
    const float* gates = layer.gates + (from * T + t) * GATES * H + first;
    alignas(64) float product[MR * Block::COLUMNS];
    if (t == 0 && !layer.hidden) {
      memset(product, 0, sizeof product);
    } else {
      for (int64_t i = 0; i < rows; i++) {
        for (int q = 0; q < GATES; q++) {
          for (int j = 0; j < Block::UNITS; j += 16) __builtin_prefetch(gates + (i * T * GATES + q) * H + j, 1);
        }
      }
      for (int64_t p = 0; p < Block::PANELS; p++) {
        Operands::multiply(rows, H, before, stride, packed + u * blockSize + p * panelSize, product + p * NR,
                           Block::COLUMNS);
      }
    }
    for (int64_t i = 0; i < rows; i++) {
      for (int64_t h = first; h < H && h < first + Block::UNITS; h += W) {
        const Units at = {from + i, t, h, least(W, H - h)};
        const V hidden = cell.step(at, product + i * Block::COLUMNS + h - first, Block::UNITS);
        storeUpTo(layer.y + layer.place(at), hidden, at.count);
        Operands::put(after + i * stride, h, hidden);
      }
    }
  });
}

/** A layer's matrices: input (I, G) and recurrent (H, G), both floats or both bfloat16. */
struct Matrices {
  const float *input, *recurrent;
  const uint16_t *narrowInput, *narrowRecurrent;
};

inline Matrices readMatrices(Call& call, const Sequence& layer, int64_t G) {
  const int64_t inputSize = ::product(layer.I, G), recurrentSize = ::product(layer.H, G);
  Matrices read = {};
  if (call.nextIsHalves()) {
    read.narrowInput = call.halves("input", inputSize);
    read.narrowRecurrent = call.halves("recurrent", recurrentSize);
  } else {
    read.input = call.floats("input", inputSize);
    read.recurrent = call.floats("recurrent", recurrentSize);
  }
  return read;
}

template <class Cell>
void runLayer(const Sequence& layer, const float* input, const float* recurrent, const Cell& cell) {
  const int64_t G = Cell::GATES * layer.H;
  Epilogue epilogue;
  epilogue.bias = layer.bias;
  gemm(layer.B * layer.T, G, layer.I, {layer.x, layer.I}, {input, G}, layer.gates, G, epilogue);
  withOperands([&](auto operands) { unroll<decltype(operands)>(layer, recurrent, cell); });
}

/** By gemv: batch-invariant, and for a few rows and steps packing the weights would cost more than the products. */
template <class Cell, class Element>
void runLayerByGemv(const Sequence& layer, const Element* input, const Element* recurrent, const Cell& cell) {
  const int64_t B = layer.B, T = layer.T, H = layer.H, G = Cell::GATES * H;
  gemv(B * T, G, layer.I, layer.x, layer.I, input, layer.bias, layer.gates);
  float* products = scratch(4, B * G);
  for (int64_t t = 0; t < T; t++) {
    const float* before = t == 0 ? layer.hidden : layer.y + (t - 1) * H;
    gemv(B, G, H, before, t == 0 ? H : T * H, recurrent, nullptr, products);
    parallel(B, [&](int64_t b) {
      for (int64_t h = 0; h < H; h += W) {
        const Units at = {b, t, h, least(W, H - h)};
        storeUpTo(layer.y + layer.place(at), cell.step(at, products + b * G + h, H), at.count);
      }
    });
  }
}

constexpr int64_t FEW_STEPS = 4;

/** Goes on from layer.hidden; lastHidden (B, H) takes the hidden values after the last step. */
template <class Cell>
void runLayerFrom(const Sequence& layer, const Matrices& weights, bool batchInvariant, const Cell& cell,
                  float* lastHidden) {
  const int64_t B = layer.B, T = layer.T, H = layer.H;
  if (weights.narrowInput) runLayerByGemv(layer, weights.narrowInput, weights.narrowRecurrent, cell);
  else if (batchInvariant || (B <= GEMV_ROWS && T <= FEW_STEPS)) runLayerByGemv(layer, weights.input, weights.recurrent, cell);
  else runLayer(layer, weights.input, weights.recurrent, cell);
  for (int64_t b = 0; b < B; b++) {
    memcpy(lastHidden + b * H, layer.y + (b * T + T - 1) * H, size_t(H) * sizeof(float));
  }
}

inline Sequence readSizes(Call& call) {
  Sequence layer = {};
  layer.B = call.size("B");
  layer.T = call.size("T");
  layer.I = call.size("I");
  layer.H = call.size("H");
  return layer;
}

}  // namespace TARGET

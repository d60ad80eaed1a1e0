// Backpropagation through time, as recurrent layers share it. At each step a task multiplies the gradient of the next step's
// gates by one panel of recurrentᵀ, and the layer's cell computes that of its own units' gates. The gradients of x and of
// the weights are products over all steps at the end.
//
// Here a cell is a struct with
//   GATES: pre-activations of a unit, as forwards;
//   SUMS: vectors of H whose gradients are sums over all rows and steps: biases, and what else is element-wise;
//   void prefetch(int64_t row, int64_t first) const: what NR units of a row will read, while the product runs;
//   void gradients(const Units& at, V dhidden, float* through, V (&dGate)[GATES], V (&term)[SUMS]) const: the gradient of
//     each gate's recurrent part, and the terms of the sums, which it takes from the gradient of the hidden values.
//     `through` is what comes from the step after without a product, and becomes what goes to the step before.
#pragma once
#include "recurrent.h"

namespace TARGET {

/** Prefetches NR units' numbers. */
inline void prefetchUnits(const float* from) {
  for (int64_t j = 0; j < NR; j += 16) __builtin_prefetch(from + j);
}

/** Packs a panel of recurrentᵀ (GATES · padded, H): each gate's rows, padded with zeros to whole vectors. */
template <class Operands, class Cell>
void packTransposed(const float* recurrent, int64_t H, int64_t padded, int64_t panel, typename Operands::Word* to) {
  const int64_t all = NR * Operands::words(padded), used = NR * Operands::words(H);
  for (int64_t q = 0; q < Cell::GATES; q++, to += all) {
    Operands::pack({recurrent + q * H, 1, Cell::GATES * H}, H, H, panel, to);
    memset(to + used, 0, size_t(all - used) * sizeof(*to));
  }
}

/** dy (B, T, H); sums[k] takes sum k, (H). */
template <class Operands, class Cell>
void unrollBackwards(const Sequence& layer, const float* recurrent, const float* dy, const Cell& cell,
                     float* const (&sums)[Cell::SUMS]) {
  using Word = typename Operands::Word;
  constexpr int GATES = Cell::GATES, SUMS = Cell::SUMS;
  const int64_t B = layer.B, T = layer.T, H = layer.H, padded = (H + W - 1) / W * W;
  const RowTiles tiles(B);
  const int64_t K = GATES * padded, panelSize = NR * Operands::words(K);
  Word* packed = reinterpret_cast<Word*>(scratch(4, panels(H) * panelSize));
  parallel(panels(H), [&](int64_t p) {
    packTransposed<Operands, Cell>(recurrent, H, padded, p, packed + p * panelSize);
  });
  // Two buffers of gate gradients, the step after's and this one's, which swap at each step; gate q starts at q ·
  // padded.
  const int64_t stride = spread(Operands::words(K));
  Word* states = zeroScratch<Word>(5, 2 * B * stride);
  float* through = zeroScratch<float>(6, B * padded);
  float* partial = zeroScratch<float>(7, tiles.count * SUMS * padded);
  inSteps(T, panels(H) * tiles.count, [&](int64_t step, int64_t task) {
    const int64_t t = T - 1 - step, p = task / tiles.count, r = task % tiles.count;
    const int64_t from = r * tiles.height, rows = tiles.heightOf(r);
    const Word* after = states + (step % 2 * B + from) * stride;
    Word* now = states + ((step + 1) % 2 * B + from) * stride;
    alignas(64) float product[MR * NR];
    if (step == 0) {
      memset(product, 0, sizeof product);
    } else {
      for (int64_t i = 0; i < rows; i++) {
        const int64_t row = (from + i) * T + t;
        prefetchUnits(dy + row * H + p * NR);
        cell.prefetch(row, p * NR);
      }
      Operands::multiply(rows, K, after, stride, packed + p * panelSize, product, NR);
    }
    for (int64_t h = p * NR; h < H && h < (p + 1) * NR; h += W) {
      V total[SUMS] = {};
      for (int64_t i = 0; i < rows; i++) {
        const Units at = {from + i, t, h, least(W, H - h)};
        V dGate[GATES], term[SUMS];
        const V dhidden = load(product + i * NR + h - p * NR) + loadUpTo(dy + layer.place(at), at.count);
        cell.gradients(at, dhidden, through + at.b * padded + h, dGate, term);
        for (int q = 0; q < GATES; q++) Operands::put(now + i * stride, q * padded + h, dGate[q]);
        for (int k = 0; k < SUMS; k++) total[k] += term[k];
      }
      for (int k = 0; k < SUMS; k++) {
        float* sum = partial + (r * SUMS + k) * padded + h;
        store(sum, load(sum) + total[k]);
      }
    }
  });
  for (int64_t k = 0; k < SUMS; k++) {
    for (int64_t h = 0; h < H; h++) {
      float sum = 0;
      for (int64_t r = 0; r < tiles.count; r++) sum += partial[(r * SUMS + k) * padded + h];
      sums[k][h] = sum;
    }
  }
}

/** The hidden values before each step: to[b, t] = y[b, t − 1], with zeros at t = 0. */
inline void shift(const Sequence& layer, float* to) {
  const int64_t T = layer.T, H = layer.H;
  parallel(layer.B, [&](int64_t b) {
    memset(to + b * T * H, 0, size_t(H) * sizeof(float));
    memcpy(to + (b * T + 1) * H, layer.y + b * T * H, size_t((T - 1) * H) * sizeof(float));
  });
}

/** The gradients of x and of input (I, G), from that of the gates, (B, T, G). */
inline void inputGradients(const Sequence& layer, Matrix dGates, int64_t G, const float* input, float* dx, float* dInput) {
  const int64_t N = layer.B * layer.T, I = layer.I;
  gemm(N, I, G, dGates, transposed(Matrix{input, G}), dx, I);
  gemm(I, G, N, transposed(Matrix{layer.x, I}), dGates, dInput, G);
}

}  // namespace TARGET

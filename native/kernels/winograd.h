// Winograd's minimal filtering F(4, 3), along time: four neighbouring outputs of a convolution of three taps take six products
// instead of twelve (Winograd 1980; Lavin and Gray 2016). With the points 0, ±1, ±2 and ∞ a tile's outputs are
// y = Aᵀ ((G w) ⊙ (Bᵀ d)): d is six inputs, w the three taps; each of the six products is one of matrices, over all tiles.
// Constants up to 8 cost about three bits in float32; in bfloat16 they would cost too much.
#pragma once
#include "gemm.h"
#include "ranges.h"

namespace TARGET {
namespace winograd {

constexpr int OUTPUTS = 4, PRODUCTS = 6, TAPS = 3;
constexpr int64_t GROUP = 3 * MR;  // tiles in a task: their transformed inputs fit in the L2 cache

/** Rows of `columns` floats, (T, B, columns) or, by text, (B, T, columns). A row's number is its place in the former. */
struct Rows {
  float* data;
  int64_t columns, B, T;
  bool byText;
  float* at(int64_t row) const { return data + (byText ? row % B * T + row / B : row) * columns; }
};

/** Where tiles lie: a step along (dilated) time is `step` rows, and neighbouring tiles begin at neighbouring rows. */
struct Tiling {
  int64_t rows, step;
  int64_t steps() const { return (rows + step - 1) / step; }
  int64_t tiles() const { return step * ((steps() + OUTPUTS - 1) / OUTPUTS); }
  /** The row of a tile's output j; it may lie outside of all rows. */
  int64_t row(int64_t tile, int64_t j) const { return tile % step + step * (tile / step * OUTPUTS + j); }
};

/** A tile's rows from its output `first` on, at the columns from c; zeros outside. */
template <int COUNT>
inline void loadRows(const Tiling& tiling, int64_t tile, int64_t first, const Rows& rows, int64_t c, V (&to)[COUNT]) {
  for (int j = 0; j < COUNT; j++) {
    const int64_t row = tiling.row(tile, first + j);
    to[j] = row >= 0 && row < tiling.rows ? loadUpTo(rows.at(row) + c, rows.columns - c) : V{};
  }
}

/** Bᵀ d of the tiles [from, to), d beginning `back` steps before a tile: product q of a tile at to[q · apart + i · stride]. */
inline void transformInputs(const Tiling& tiling, int64_t from, int64_t end, int64_t back, const Rows& rows,
                            float* to, int64_t stride, int64_t apart) {
  for (int64_t tile = from; tile < end; tile++, to += stride) {
    for (int64_t c = 0; c < rows.columns; c += W) {
      V d[PRODUCTS];
      loadRows(tiling, tile, -back, rows, c, d);
      const V even = d[4] - d[2], odd = 2.0f * (d[3] - d[1]), low = d[4] - 4.0f * d[2], high = d[3] - 4.0f * d[1];
      const V all[PRODUCTS] = {4.0f * d[0] - 5.0f * d[2] + d[4], low + high, low - high, even + odd, even - odd,
                               4.0f * d[1] - 5.0f * d[3] + d[5]};
      for (int q = 0; q < PRODUCTS; q++) storeUpTo(to + q * apart + c, all[q], rows.columns - c);
    }
  }
}

/** A dy, as transformInputs does: what a tile's outputs' gradient is to its six products. */
inline void transformGradients(const Tiling& tiling, int64_t from, int64_t end, const Rows& rows, float* to,
                               int64_t stride, int64_t apart) {
  for (int64_t tile = from; tile < end; tile++, to += stride) {
    for (int64_t c = 0; c < rows.columns; c += W) {
      V y[OUTPUTS];
      loadRows(tiling, tile, 0, rows, c, y);
      const V even = y[0] + y[2], odd = y[1] + y[3], evens = y[0] + 4.0f * y[2], odds = 2.0f * y[1] + 8.0f * y[3];
      const V all[PRODUCTS] = {y[0], even + odd, even - odd, evens + odds, evens - odds, y[3]};
      for (int q = 0; q < PRODUCTS; q++) storeUpTo(to + q * apart + c, all[q], rows.columns - c);
    }
  }
}

/** G w: taps `size` floats apart, oldest first, or the newest first if reversed → six matrices, `size` apart. */
inline void transformTaps(const float* taps, int64_t size, bool reversed, float* to) {
  inRanges(size, TASK / PRODUCTS, [&](int64_t from, int64_t end) {
    for (int64_t i = from; i < end; i += W) {
      const int64_t n = end - i;
      const V first = loadUpTo(taps + i + (reversed ? 2 * size : 0), n), middle = loadUpTo(taps + i + size, n);
      const V last = loadUpTo(taps + i + (reversed ? 0 : 2 * size), n);
      const V outer = (first + last) / -6.0f, inner = first / 24.0f + last / 6.0f;
      const V all[PRODUCTS] = {first / 4.0f, outer - middle / 6.0f, outer + middle / 6.0f, inner + middle / 12.0f,
                               inner - middle / 12.0f, last};
      for (int q = 0; q < PRODUCTS; q++) storeUpTo(to + q * size + i, all[q], n);
    }
  });
}

/** Gᵀ u: the taps' gradient from that of the six matrices. */
inline void gatherTaps(const float* u, int64_t size, float* taps) {
  inRanges(size, TASK / PRODUCTS, [&](int64_t from, int64_t end) {
    for (int64_t i = from; i < end; i += W) {
      const int64_t n = end - i;
      V all[PRODUCTS];
      for (int q = 0; q < PRODUCTS; q++) all[q] = loadUpTo(u + q * size + i, n);
      const V ones = all[1] + all[2], twos = all[3] + all[4];
      storeUpTo(taps + i, all[0] / 4.0f - ones / 6.0f + twos / 24.0f, n);
      storeUpTo(taps + size + i, (all[2] - all[1]) / 6.0f + (all[3] - all[4]) / 12.0f, n);
      storeUpTo(taps + 2 * size + i, (twos - ones) / 6.0f + all[5], n);
    }
  });
}

/**
 * y's rows = bias? + the sums of x's rows `back` steps before and the two after it, times the taps that were packed from
 * transformTaps; done(row) follows as soon as a row is whole.
 */
template <class Done>
void convolve(const Tiling& tiling, const Rows& x, int64_t back, const float* packed, const float* bias, const Rows& y,
              const Done& done) {
  const int64_t I = x.columns, O = y.columns, each = packedSize(I, O), stride = (I + 31) / 16 * 16;
  inRanges(tiling.tiles(), GROUP, [&](int64_t from, int64_t end) {
    float *inputs = scratch(0, PRODUCTS * GROUP * stride), *sums = scratch(1, PRODUCTS * GROUP * NR);
    transformInputs(tiling, from, end, back, x, inputs, stride, GROUP * stride);
    for (int64_t p = 0; p < panels(O); p++) {
      const int64_t column = p * NR, columns = least(NR, O - column);
      for (int q = 0; q < PRODUCTS; q++) {
        product(end - from, columns, I, {inputs + q * GROUP * stride, stride}, packed + q * each + p * I * NR,
                sums + q * GROUP * NR, NR, false);
      }
      for (int64_t tile = from; tile < end; tile++) {
        for (int64_t j = 0; j < columns; j += W) {
          V m[PRODUCTS];
          for (int q = 0; q < PRODUCTS; q++) m[q] = load(sums + (q * GROUP + tile - from) * NR + j);
          const V ones = m[1] + m[2], minus = m[1] - m[2], twos = m[3] + m[4], less = m[3] - m[4];
          const V all[OUTPUTS] = {m[0] + ones + twos, minus + 2.0f * less, ones + 4.0f * twos, minus + 8.0f * less + m[5]};
          const V more = bias ? loadUpTo(bias + column + j, columns - j) : V{};
          for (int i = 0; i < OUTPUTS; i++) {
            const int64_t row = tiling.row(tile, i);
            if (row < tiling.rows) storeUpTo(y.at(row) + column + j, all[i] + more, columns - j);
          }
        }
      }
    }
    for (int64_t tile = from; tile < end; tile++) {
      for (int i = 0; i < OUTPUTS; i++) {
        if (const int64_t row = tiling.row(tile, i); row < tiling.rows) done(row);
      }
    }
  });
}

/** All six matrices of transformTaps, each (I, O), packed for convolve; `turned`, they are read as (O, I). */
inline void packTaps(const float* taps, int64_t I, int64_t O, bool turned, float* packed) {
  const int64_t rows = turned ? O : I, columns = turned ? I : O, count = panels(columns);
  inRanges(PRODUCTS * count, 1, [&](int64_t from, int64_t end) {
    for (int64_t i = from; i < end; i++) {
      const Matrix whole = {taps + i / count * I * O, O};
      packPanel(turned ? transposed(whole) : whole, rows, columns, i % count,
                packed + i / count * packedSize(rows, columns) + i % count * rows * NR);
    }
  });
}

}  // namespace winograd
}  // namespace TARGET

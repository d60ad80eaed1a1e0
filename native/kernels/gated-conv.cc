// gatedConv: a causal, dilated convolution over time with gated linear units, and its gradient. Rows stand in time-major
// order inside, (T, B, …): there the input that a tap sees of all outputs is one stretch of rows, so that each tap is one
// matrix product without a copy, and one that begins before the text only has fewer rows. Three taps in float32 are computed
// by Winograd's filtering instead, where the text has steps enough.
#include "../addon/call.h"
#include "../addon/targets.h"
#include "gemm.h"
#include "ranges.h"
#include "winograd.h"

namespace TARGET {

namespace {

struct Convolution {
  int64_t B, T, I, H, K, dilation;

  int64_t columns() const { return 2 * H; }
  /** How many rows tap k looks back, or all rows where it sees nothing of the text. */
  int64_t shift(int64_t k) const { return least((K - 1 - k) * dilation, T) * B; }
  /** Where tap k's rows of the weight begin. */
  int64_t tap(int64_t k) const { return k * I * columns(); }
  /** Rows a task of what is element-wise. */
  int64_t each() const { return TASK / columns(); }

  winograd::Tiling tiling() const { return {B * T, B * dilation}; }
  /** Whether its tiles have few outputs beyond the text, which has at least four steps then. */
  bool isForWinograd() const {
    return K == winograd::TAPS && !useBf16.load(std::memory_order_relaxed) && I >= W &&
           tiling().tiles() * winograd::OUTPUTS <= B * T * 5 / 4;
  }
  winograd::Rows byText(const float* data, int64_t width) const { return {const_cast<float*>(data), width, B, T, true}; }
  winograd::Rows byTime(float* data, int64_t width) const { return {data, width, B, T, false}; }
};

Convolution readConvolution(Call& call) {
  Convolution layer = {};
  layer.B = call.size("B");
  layer.T = call.size("T");
  layer.I = call.size("I");
  layer.H = call.size("H");
  layer.K = call.size("K");
  layer.dilation = least(call.size("dilation"), layer.T);  // further back there is nothing
  return layer;
}

/** (outer, inner, C) → (inner, outer, C) */
void swapAxes(int64_t outer, int64_t inner, int64_t C, const float* from, float* to) {
  inRanges(outer * inner, TASK / C, [&](int64_t first, int64_t end) {
    for (int64_t row = first; row < end; row++) {
      memcpy(to + row * C, from + (row % outer * inner + row / outer) * C, size_t(C) * sizeof(float));
    }
  });
}

/** A row's gates (values, then gates) → y, and the gates activated. */
void activateRow(const Convolution& layer, int64_t row, float* gates, float* y) {
  const int64_t H = layer.H;
  float *value = gates + row * 2 * H, *gate = value + H;
  float* out = layer.byText(y, H).at(row);
  for (int64_t h = 0; h < H; h += W) {
    const V open = sigmoid(loadUpTo(gate + h, H - h));
    storeUpTo(out + h, loadUpTo(value + h, H - h) * open, H - h);
    storeUpTo(gate + h, open, H - h);
  }
}

/** The taps by Winograd's filtering, as convolve takes them: forward, or for the gradient by x. */
const float* packedTaps(const Convolution& layer, const float* weight, bool backward) {
  const int64_t I = layer.I, G = layer.columns();
  float* taps = scratch(6, winograd::PRODUCTS * I * G);
  winograd::transformTaps(weight, I * G, backward, taps);
  float* packed = scratch(4, winograd::PRODUCTS * (backward ? packedSize(G, I) : packedSize(I, G)));
  winograd::packTaps(taps, I, G, backward, packed);
  return packed;
}

/** dx, dWeight and dBias from those of the values and gates before activation, (T, B, 2H). */
void winogradGrad(const Convolution& layer, const float* x, const float* weight, float* dGates, float* dx,
                  float* dWeight, float* dBias) {
  const int64_t I = layer.I, G = layer.columns(), tiles = layer.tiling().tiles();
  const winograd::Rows upstream = layer.byTime(dGates, G);
  // An output's inputs are the two before it and its own; an input's outputs are its own and the two after it.
  winograd::convolve(layer.tiling(), upstream, 0, packedTaps(layer, weight, true), nullptr, layer.byText(dx, I),
                     [](int64_t) {});
  float *inputs = scratch(4, winograd::PRODUCTS * tiles * I), *gradients = scratch(6, winograd::PRODUCTS * tiles * G);
  inRanges(tiles, layer.each(), [&](int64_t from, int64_t end) {
    winograd::transformInputs(layer.tiling(), from, end, 2, layer.byText(x, I), inputs + from * I, I, tiles * I);
    winograd::transformGradients(layer.tiling(), from, end, upstream, gradients + from * G, G, tiles * G);
  });
  float* dTaps = scratch(7, winograd::PRODUCTS * I * G);
  for (int q = 0; q < winograd::PRODUCTS; q++) {
    Epilogue sums;
    if (q == 1) sums.columnSums = dBias;  // the product that has a tile's outputs as they are, all four added
    gemm(I, G, tiles, transposed(Matrix{inputs + q * tiles * I, I}), {gradients + q * tiles * G, G}, dTaps + q * I * G, G,
         sums);
  }
  winograd::gatherTaps(dTaps, I * G, dWeight);
}

}  // namespace

/**
 * B, T, I, H, K, dilation, x (B, T, I), weight (K · I, 2H), bias (2H); y (B, T, H), gates (T, B, 2H): the values, then the
 * activated gates
 */
void gatedConv(Call& call) {
  const Convolution layer = readConvolution(call);
  const int64_t I = layer.I, H = layer.H, G = ::product(2, H), N = ::product(layer.B, layer.T);
  const float* x = call.floats("x", ::product(N, I));
  const float* weight = call.floats("weight", ::product(layer.K, I, G));
  const float* bias = call.floats("bias", G);
  float* y = call.floats("y", ::product(N, H));
  float* gates = call.floats("gates", ::product(N, G));
  call.done();
  if (layer.isForWinograd()) {
    return winograd::convolve(layer.tiling(), layer.byText(x, I), 2, packedTaps(layer, weight, false), bias,
                              layer.byTime(gates, G), [&](int64_t row) { activateRow(layer, row, gates, y); });
  }
  float* inputs = scratch(4, N * I);
  swapAxes(layer.B, layer.T, I, x, inputs);
  for (int64_t k = layer.K - 1; k >= 0; k--) {  // the newest tap sees all rows
    const int64_t shift = layer.shift(k);
    Epilogue epilogue;
    if (shift == 0) epilogue.bias = bias;
    else epilogue.accumulate = true;
    gemm(N - shift, G, I, {inputs, I}, {weight + layer.tap(k), G}, gates + shift * G, G, epilogue);
  }
  inRanges(N, layer.each(), [&](int64_t from, int64_t to) {
    for (int64_t row = from; row < to; row++) activateRow(layer, row, gates, y);
  });
}

/** B, T, I, H, K, dilation, dy (B, T, H), x, weight, gates (T, B, 2H), dx, dWeight, dBias */
void gatedConvGrad(Call& call) {
  const Convolution layer = readConvolution(call);
  const int64_t I = layer.I, H = layer.H, G = ::product(2, H), N = ::product(layer.B, layer.T);
  const float* dy = call.floats("dy", ::product(N, H));
  const float* x = call.floats("x", ::product(N, I));
  const float* weight = call.floats("weight", ::product(layer.K, I, G));
  const float* gates = call.floats("gates", ::product(N, G));
  float* dx = call.floats("dx", ::product(N, I));
  float* dWeight = call.floats("dWeight", ::product(layer.K, I, G));
  float* dBias = call.floats("dBias", G);
  call.done();
  float* dGates = scratch(5, N * G);
  inRanges(N, layer.each(), [&](int64_t from, int64_t to) {
    for (int64_t row = from; row < to; row++) {
      const float *value = gates + row * G, *gate = value + H;
      const float* upstream = layer.byText(dy, H).at(row);
      float* gradient = dGates + row * G;
      for (int64_t h = 0; h < H; h += W) {
        const V open = loadUpTo(gate + h, H - h), dValue = loadUpTo(upstream + h, H - h) * open;
        storeUpTo(gradient + h, dValue, H - h);
        storeUpTo(gradient + H + h, dValue * loadUpTo(value + h, H - h) * (1.0f - open), H - h);
      }
    }
  });
  if (layer.isForWinograd()) return winogradGrad(layer, x, weight, dGates, dx, dWeight, dBias);
  float *inputs = scratch(4, N * I), *dInputs = scratch(6, N * I);
  swapAxes(layer.B, layer.T, I, x, inputs);
  for (int64_t k = layer.K - 1; k >= 0; k--) {
    const int64_t shift = layer.shift(k);
    const Matrix upstream = {dGates + shift * G, G};
    if (shift == N) {
      memset(dWeight + layer.tap(k), 0, size_t(I * G) * sizeof(float));
      continue;
    }
    Epilogue sums, more;
    if (shift == 0) sums.columnSums = dBias;
    else more.accumulate = true;
    gemm(I, G, N - shift, transposed(Matrix{inputs, I}), upstream, dWeight + layer.tap(k), G, sums);
    gemm(N - shift, I, G, upstream, transposed(Matrix{weight + layer.tap(k), G}), dInputs, I, more);
  }
  swapAxes(layer.T, layer.B, I, dInputs, dx);
}

}  // namespace TARGET

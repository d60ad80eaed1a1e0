// lstmGrad: backpropagation through time. At each step a task multiplies the gradient of the next step's gates, before
// their activation, by one panel of recurrentᵀ, and computes that of its own units' gates. The gradients of x and of
// the weights are three products over all steps at the end.
#include "../addon/call.h"
#include "../addon/steps.h"
#include "lstm.h"

namespace TARGET {

namespace {

struct Layer {
  int64_t B, T, H;
  const float* recurrent;  // (H, 4H)
  const float* dy;         // (B, T, H)
  const float* gates;      // (B, T, 4H), activated
  const float* cells;      // (B, T, H)
  float* dGates;           // (B, T, 4H), before activation
  float* dBias;            // (4H)
};

/**
 * The gradient of W units' gates before activation. dcell is that of the cell after this step, and becomes that before
 * it.
 */
inline void gateGradients(const V (&gate)[GATES], V before, V now, V dhidden, V& dcell, V (&dGate)[GATES]) {
  const V i = gate[0], f = gate[1], g = gate[2], o = gate[3], out = hyperbolicTangent(now);
  dcell += dhidden * o * (1.0f - out * out);
  dGate[0] = dcell * g * i * (1.0f - i);
  dGate[1] = dcell * before * f * (1.0f - f);
  dGate[2] = dcell * i * (1.0f - g * g);
  dGate[3] = dhidden * out * o * (1.0f - o);
  dcell *= f;
}

/** Packs a panel of recurrentᵀ (4 · padded, H): each gate's rows, padded with zeros to whole blocks. */
template <class Operands>
void packTransposed(const Layer& layer, const Blocks& blocks, int64_t panel, typename Operands::Word* to) {
  const int64_t H = layer.H, all = NR * Operands::words(blocks.padded()), used = NR * Operands::words(H);
  for (int64_t q = 0; q < GATES; q++, to += all) {
    Operands::pack({layer.recurrent + q * H, 1, GATES * H}, H, H, panel, to);
    memset(to + used, 0, size_t(all - used) * sizeof(*to));
  }
}

/** Prefetches what a row's panel of units will read, while the product runs. */
inline void prefetchUnits(const Layer& layer, int64_t row, int64_t first) {
  const int64_t place = row * layer.H + first, gatePlace = row * GATES * layer.H + first;
  for (int64_t j = 0; j < NR; j += 16) {
    __builtin_prefetch(layer.dy + place + j);
    __builtin_prefetch(layer.cells + place + j);
    for (int q = 0; q < GATES; q++) __builtin_prefetch(layer.gates + gatePlace + q * layer.H + j);
  }
}

/** One row's W units from `first` on; dhidden is the part of their gradient that comes from the step after. */
inline void unitGradients(const Layer& layer, int64_t b, int64_t t, int64_t first, V dhidden, float* dcell,
                      V (&dGate)[GATES]) {
  const int64_t H = layer.H, row = b * layer.T + t, count = H - first, place = row * H + first;
  V gate[GATES];
  for (int q = 0; q < GATES; q++) gate[q] = loadUpTo(layer.gates + row * GATES * H + q * H + first, count);
  const V before = t > 0 ? loadUpTo(layer.cells + place - H, count) : V{};
  const V now = loadUpTo(layer.cells + place, count);
  V through = load(dcell);
  gateGradients(gate, before, now, dhidden + loadUpTo(layer.dy + place, count), through, dGate);
  store(dcell, through);
  for (int q = 0; q < GATES; q++) storeUpTo(layer.dGates + row * GATES * H + q * H + first, dGate[q], count);
}

template <class Operands>
void unroll(const Layer& layer) {
  using Word = typename Operands::Word;
  const int64_t B = layer.B, T = layer.T, H = layer.H;
  const Blocks blocks(B, H);
  const int64_t padded = blocks.padded(), K = GATES * padded, panelSize = NR * Operands::words(K);
  Word* packed = reinterpret_cast<Word*>(scratch(4, panels(H) * panelSize));
  parallel(panels(H), [&](int64_t p) { packTransposed<Operands>(layer, blocks, p, packed + p * panelSize); });
  // Two buffers of gate gradients, the step after's and this one's, which swap at each step; gate q starts at q ·
  // padded.
  const int64_t stride = spread(Operands::words(K));
  Word* states = zeroScratch<Word>(5, 2 * B * stride);
  float* dcells = zeroScratch<float>(6, B * padded);
  float* sums = zeroScratch<float>(7, blocks.tiles * K);  // of gate gradients: dBias
  inSteps(T, panels(H) * blocks.tiles, [&](int64_t step, int64_t task) {
    const int64_t t = T - 1 - step, p = task / blocks.tiles, r = task % blocks.tiles;
    const int64_t from = r * blocks.height, rows = blocks.rowsOf(r);
    const Word* after = states + (step % 2 * B + from) * stride;
    Word* now = states + ((step + 1) % 2 * B + from) * stride;
    alignas(64) float product[MR * NR];
    if (step == 0) {
      memset(product, 0, sizeof product);
    } else {
      for (int64_t i = 0; i < rows; i++) prefetchUnits(layer, (from + i) * T + t, p * NR);
      Operands::multiply(rows, K, after, stride, packed + p * panelSize, product, NR);
    }
    for (int64_t h = p * NR; h < H && h < (p + 1) * NR; h += W) {
      V total[GATES] = {};
      for (int64_t i = 0; i < rows; i++) {
        V dGate[GATES];
        const V dhidden = load(product + i * NR + h - p * NR);
        unitGradients(layer, from + i, t, h, dhidden, dcells + (from + i) * padded + h, dGate);
        for (int q = 0; q < GATES; q++) {
          Operands::put(now + i * stride, q * padded + h, dGate[q]);
          total[q] += dGate[q];
        }
      }
      for (int q = 0; q < GATES; q++) {
        float* sum = sums + r * K + q * padded + h;
        store(sum, load(sum) + total[q]);
      }
    }
  });
  for (int64_t q = 0; q < GATES; q++) {
    for (int64_t h = 0; h < H; h++) {
      float sum = 0;
      for (int64_t r = 0; r < blocks.tiles; r++) sum += sums[r * K + q * padded + h];
      layer.dBias[q * H + h] = sum;
    }
  }
}

/** The hidden values before each step: to[b, t] = y[b, t − 1], with zeros at t = 0. */
void shift(int64_t B, int64_t T, int64_t H, const float* y, float* to) {
  parallel(B, [&](int64_t b) {
    memset(to + b * T * H, 0, size_t(H) * sizeof(float));
    memcpy(to + (b * T + 1) * H, y + b * T * H, size_t((T - 1) * H) * sizeof(float));
  });
}

}  // namespace

/**
 * B, T, I, H, dy (B, T, H), x (B, T, I), input (I, 4H), recurrent (H, 4H), y, gates, cells, dx, dInput, dRecurrent,
 * dBias; and as scratch: dGates (B, T, 4H), before (B, T, H)
 */
void lstmGrad(Call& call) {
  const int64_t B = call.size("B"), T = call.size("T"), I = call.size("I"), H = call.size("H");
  const int64_t N = ::product(B, T), G = ::product(GATES, H), units = ::product(N, H);
  Layer layer = {};
  layer.B = B, layer.T = T, layer.H = H;
  layer.dy = call.floats("dy", units);
  const float* x = call.floats("x", ::product(N, I));
  const float* input = call.floats("input", ::product(I, G));
  layer.recurrent = call.floats("recurrent", ::product(H, G));
  const float* y = call.floats("y", units);
  layer.gates = call.floats("gates", ::product(N, G));
  layer.cells = call.floats("cells", units);
  float* dx = call.floats("dx", ::product(N, I));
  float* dInput = call.floats("dInput", ::product(I, G));
  float* dRecurrent = call.floats("dRecurrent", ::product(H, G));
  layer.dBias = call.floats("dBias", G);
  layer.dGates = call.floats("dGates", ::product(N, G));
  float* before = call.floats("before", units);
  call.done();
  withOperands([&](auto operands) { unroll<decltype(operands)>(layer); });
  shift(B, T, H, y, before);
  const Matrix dGates = {layer.dGates, G};
  gemm(N, I, G, dGates, transposed(Matrix{input, G}), dx, I);
  gemm(I, G, N, transposed(Matrix{x, I}), dGates, dInput, G);
  gemm(H, G, N, transposed(Matrix{before, H}), dGates, dRecurrent, G);
}

}  // namespace TARGET

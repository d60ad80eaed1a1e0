// lstmGrad: back through the sequence. A task of a step multiplies the next step's slopes (of all gates, before their
// activation) by one panel of recurrentᵀ and goes on to its units' own slopes; the weights' gradients are three
// products over all steps at the end.
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
  float* slopes;           // (B, T, 4H)
  float* dbias;            // (4H)
};

/** Slopes of a row's W units' gates before activation; dcell goes from after this step to before it. */
inline void slopesOf(const V (&gate)[GATES], V before, V now, V dhidden, V& dcell, V (&slope)[GATES]) {
  const V i = gate[0], f = gate[1], g = gate[2], o = gate[3], out = hyperbolicTangent(now);
  dcell += dhidden * o * (1.0f - out * out);
  slope[0] = dcell * g * i * (1.0f - i);
  slope[1] = dcell * before * f * (1.0f - f);
  slope[2] = dcell * i * (1.0f - g * g);
  slope[3] = dhidden * out * o * (1.0f - o);
  dcell *= f;
}

/** A panel of recurrentᵀ (4 · padded, H): each gate's rows, then rows of 0 up to whole blocks. */
template <class Operands>
void packTransposed(const Layer& layer, const Blocks& blocks, int64_t panel, typename Operands::Word* to) {
  const int64_t H = layer.H, all = NR * Operands::words(blocks.padded()), used = NR * Operands::words(H);
  for (int64_t q = 0; q < GATES; q++, to += all) {
    Operands::pack({layer.recurrent + q * H, 1, GATES * H}, H, H, panel, to);
    memset(to + used, 0, size_t(all - used) * sizeof(*to));
  }
}

/** Asks for what a row's panel of units will read, so that it comes while the product runs. */
inline void fetchAhead(const Layer& layer, int64_t row, int64_t first) {
  const int64_t place = row * layer.H + first, gatePlace = row * GATES * layer.H + first;
  for (int64_t j = 0; j < NR; j += 16) {
    __builtin_prefetch(layer.dy + place + j);
    __builtin_prefetch(layer.cells + place + j);
    for (int q = 0; q < GATES; q++) __builtin_prefetch(layer.gates + gatePlace + q * layer.H + j);
  }
}

/** One row's W units from `first`: dhidden is what comes from the step after. */
inline void unitsBack(const Layer& layer, int64_t b, int64_t t, int64_t first, V dhidden, float* dcell,
                      V (&slope)[GATES]) {
  const int64_t H = layer.H, row = b * layer.T + t, count = H - first, place = row * H + first;
  V gate[GATES];
  for (int q = 0; q < GATES; q++) gate[q] = loadUpTo(layer.gates + row * GATES * H + q * H + first, count);
  const V before = t > 0 ? loadUpTo(layer.cells + place - H, count) : V{};
  V through = load(dcell);
  slopesOf(gate, before, loadUpTo(layer.cells + place, count), dhidden + loadUpTo(layer.dy + place, count), through,
           slope);
  store(dcell, through);
  for (int q = 0; q < GATES; q++) storeUpTo(layer.slopes + row * GATES * H + q * H + first, slope[q], count);
}

template <class Operands>
void unroll(const Layer& layer) {
  using Word = typename Operands::Word;
  const int64_t B = layer.B, T = layer.T, H = layer.H;
  const Blocks blocks(B, H);
  const int64_t padded = blocks.padded(), K = GATES * padded, panelSize = NR * Operands::words(K);
  Word* packed = reinterpret_cast<Word*>(scratch(4, panels(H) * panelSize));
  parallel(panels(H), [&](int64_t p) { packTransposed<Operands>(layer, blocks, p, packed + p * panelSize); });
  // The slopes of the step after and of this one, in turn; gate q's units start at q · padded.
  const int64_t stride = spread(Operands::words(K));
  Word* states = zeroScratch<Word>(5, 2 * B * stride);
  float* dcells = zeroScratch<float>(6, B * padded);
  float* sums = zeroScratch<float>(7, blocks.tiles * K);  // of slopes, for the bias
  inSteps(T, panels(H) * blocks.tiles, [&](int64_t step, int64_t task) {
    const int64_t t = T - 1 - step, p = task / blocks.tiles, r = task % blocks.tiles;
    const int64_t from = r * blocks.height, rows = blocks.rowsOf(r);
    const Word* after = states + (step % 2 * B + from) * stride;
    Word* now = states + ((step + 1) % 2 * B + from) * stride;
    alignas(64) float product[MR * NR];
    if (step == 0) {
      memset(product, 0, sizeof product);
    } else {
      for (int64_t i = 0; i < rows; i++) fetchAhead(layer, (from + i) * T + t, p * NR);
      Operands::multiply(rows, K, after, stride, packed + p * panelSize, product, NR);
    }
    for (int64_t h = p * NR; h < H && h < (p + 1) * NR; h += W) {
      V total[GATES] = {};
      for (int64_t i = 0; i < rows; i++) {
        V slope[GATES];
        unitsBack(layer, from + i, t, h, load(product + i * NR + h - p * NR), dcells + (from + i) * padded + h, slope);
        for (int q = 0; q < GATES; q++) {
          Operands::put(now + i * stride, q * padded + h, slope[q]);
          total[q] += slope[q];
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
      layer.dbias[q * H + h] = sum;
    }
  }
}

/** to[b, t] = y[b, t − 1], zeros first. */
void shift(int64_t B, int64_t T, int64_t H, const float* y, float* to) {
  parallel(B, [&](int64_t b) {
    memset(to + b * T * H, 0, size_t(H) * sizeof(float));
    memcpy(to + (b * T + 1) * H, y + b * T * H, size_t((T - 1) * H) * sizeof(float));
  });
}

}  // namespace

/**
 * B, T, I, H, dy, x, input, recurrent, y, gates, cells, dx, dinput, drecurrent, dbias; to work in: slopes (B, T, 4H),
 * hidden before each step (B, T, H)
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
  float* dinput = call.floats("dinput", ::product(I, G));
  float* drecurrent = call.floats("drecurrent", ::product(H, G));
  layer.dbias = call.floats("dbias", G);
  layer.slopes = call.floats("slopes", ::product(N, G));
  float* before = call.floats("before", units);
  call.done();
  withOperands([&](auto operands) { unroll<decltype(operands)>(layer); });
  shift(B, T, H, y, before);
  const Matrix slopes = {layer.slopes, G};
  gemm(N, I, G, slopes, transposed(Matrix{input, G}), dx, I);
  gemm(I, G, N, transposed(Matrix{x, I}), slopes, dinput, G);
  gemm(H, G, N, transposed(Matrix{before, H}), slopes, drecurrent, G);
}

}  // namespace TARGET

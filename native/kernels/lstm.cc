// lstm: a layer over a whole sequence. One product gives the input's part of all gates of all steps. Then, step by
// step, a task adds the recurrent part to the four gates of one block of units, and computes their cells and hidden
// values.
#include "lstm.h"

#include "../addon/call.h"
#include "../addon/steps.h"
#include "gemv.h"

namespace TARGET {

namespace {

constexpr int64_t PANELS = GATES / NV;  // a block's: its gates side by side
static_assert(GATES % NV == 0, "a block of units fills whole panels");

struct Layer {
  int64_t B, T, I, H;
  const float* x;       // (B, T, I)
  const float* bias;    // (4H)
  float* y;             // (B, T, H)
  float* gates;         // (B, T, 4H); activated in the end if cells are kept
  float* cells;         // (B, T, H) or null
  const float* hidden;  // (B, H) to start from, or null for zeros
  float* cell;          // (B, H): the first step's, and in the end the last step's
};

/** W units of one row: their gates, which hold the input's part, and the recurrent part to add. */
struct Units {
  float* gates;
  int64_t gateStride;
  const float* recurrent;
  int64_t recurrentStride;
  int64_t count;  // W, or fewer at the end of the row
};

/** Updates the units' cells, and returns their hidden values. */
inline V updateUnits(const Units& at, float* cell, float* keptCell) {
  V gate[GATES];
  for (int q = 0; q < GATES; q++) {
    const V sum = loadUpTo(at.gates + q * at.gateStride, at.count) +
                  loadUpTo(at.recurrent + q * at.recurrentStride, at.count);
    gate[q] = q == 2 ? hyperbolicTangent(sum) : sigmoid(sum);
  }
  const V now = gate[1] * loadUpTo(cell, at.count) + gate[0] * gate[2];
  storeUpTo(cell, now, at.count);
  if (keptCell) {
    storeUpTo(keptCell, now, at.count);
    for (int q = 0; q < GATES; q++) storeUpTo(at.gates + q * at.gateStride, gate[q], at.count);
  }
  return gate[3] * hyperbolicTangent(now);
}

/** Packs a block's columns of recurrent (H, 4H), gate beside gate, into panels. */
template <class Operands>
void packBlock(const float* recurrent, int64_t H, int64_t block, typename Operands::Word* to) {
  const int64_t first = block * W, count = least(W, H - first);
  float* columns = scratch(7, H * NR);
  for (int64_t p = 0; p < PANELS; p++) {
    for (int64_t k = 0; k < H; k++) {
      const float* row = recurrent + k * GATES * H + first;
      for (int j = 0; j < NV; j++) store(columns + k * NR + j * W, loadUpTo(row + (p * NV + j) * H, count));
    }
    Operands::pack({columns, NR}, H, NR, 0, to + p * NR * Operands::words(H));
  }
}

template <class Operands>
void unroll(const Layer& layer, const float* recurrent) {
  using Word = typename Operands::Word;
  const int64_t B = layer.B, T = layer.T, H = layer.H;
  const Blocks blocks(B, H);
  const int64_t blockSize = PANELS * NR * Operands::words(H);
  Word* packed = reinterpret_cast<Word*>(scratch(4, blocks.count * blockSize));
  parallel(blocks.count, [&](int64_t u) { packBlock<Operands>(recurrent, H, u, packed + u * blockSize); });
  // Two buffers of hidden values, those before a step and those after it, which swap at each step.
  const int64_t stride = spread(Operands::words(blocks.padded()));
  Word* states = zeroScratch<Word>(5, 2 * B * stride);
  for (int64_t b = 0; b < B && layer.hidden; b++) {
    for (int64_t h = 0; h < H; h += W) Operands::put(states + b * stride, h, loadUpTo(layer.hidden + b * H + h, H - h));
  }
  inSteps(T, blocks.count * blocks.tiles, [&](int64_t t, int64_t task) {
    const int64_t u = task / blocks.tiles, from = task % blocks.tiles * blocks.height;
    const int64_t rows = blocks.rowsOf(task % blocks.tiles), first = u * W, count = least(W, H - first);
    const Word* before = states + (t % 2 * B + from) * stride;
    Word* after = states + ((t + 1) % 2 * B + from) * stride;
    float* gates = layer.gates + (from * T + t) * GATES * H + first;
    alignas(64) float product[MR * GATES * W];
    if (t == 0 && !layer.hidden) {
      memset(product, 0, sizeof product);
    } else {
      for (int64_t i = 0; i < rows; i++) {
        for (int q = 0; q < GATES; q++) __builtin_prefetch(gates + i * T * GATES * H + q * H, 1);
      }
      for (int64_t p = 0; p < PANELS; p++) {
        Operands::multiply(rows, H, before, stride, packed + u * blockSize + p * NR * Operands::words(H),
                           product + p * NR, GATES * W);
      }
    }
    for (int64_t i = 0; i < rows; i++) {
      const int64_t place = ((from + i) * T + t) * H + first;
      const Units units = {gates + i * T * GATES * H, H, product + i * GATES * W, W, count};
      const V hidden =
          updateUnits(units, layer.cell + (from + i) * H + first, layer.cells ? layer.cells + place : nullptr);
      storeUpTo(layer.y + place, hidden, count);
      Operands::put(after + i * stride, first, hidden);
    }
  });
}

void runLayer(const Layer& layer, const float* input, const float* recurrent) {
  const int64_t G = GATES * layer.H;
  Epilogue epilogue;
  epilogue.bias = layer.bias;
  gemm(layer.B * layer.T, G, layer.I, {layer.x, layer.I}, {input, G}, layer.gates, G, epilogue);
  withOperands([&](auto operands) { unroll<decltype(operands)>(layer, recurrent); });
}

/** By gemv: batch-invariant, and for a few rows and steps packing the weights would cost more than the products. */
template <class Element>
void runLayerByGemv(const Layer& layer, const Element* input, const Element* recurrent) {
  const int64_t B = layer.B, T = layer.T, H = layer.H, G = GATES * H;
  gemv(B * T, G, layer.I, layer.x, layer.I, input, layer.bias, layer.gates);
  float* products = scratch(4, B * G);
  for (int64_t t = 0; t < T; t++) {
    const float* before = t == 0 ? layer.hidden : layer.y + (t - 1) * H;
    gemv(B, G, H, before, t == 0 ? H : T * H, recurrent, nullptr, products);
    parallel(B, [&](int64_t b) {
      for (int64_t h = 0; h < H; h += W) {
        const Units units = {layer.gates + (b * T + t) * G + h, H, products + b * G + h, H, H - h};
        storeUpTo(layer.y + (b * T + t) * H + h, updateUnits(units, layer.cell + b * H + h, nullptr), H - h);
      }
    });
  }
}

constexpr int64_t FEW_STEPS = 4;

Layer readSizes(Call& call) {
  Layer layer = {};
  layer.B = call.size("B");
  layer.T = call.size("T");
  layer.I = call.size("I");
  layer.H = call.size("H");
  return layer;
}

}  // namespace

/**
 * B, T, I, H, x (B, T, I), input (I, 4H), recurrent (H, 4H), bias (4H), y (B, T, H), gates (B, T, 4H), cells (B, T, H)
 */
void lstm(Call& call) {
  Layer layer = readSizes(call);
  layer.x = call.floats("x", ::product(layer.B, layer.T, layer.I));
  const int64_t G = ::product(GATES, layer.H), steps = ::product(layer.B, layer.T);
  const float* input = call.floats("input", ::product(layer.I, G));
  const float* recurrent = call.floats("recurrent", ::product(layer.H, G));
  layer.bias = call.floats("bias", G);
  layer.y = call.floats("y", ::product(steps, layer.H));
  layer.gates = call.floats("gates", ::product(steps, G));
  layer.cells = call.floats("cells", ::product(steps, layer.H));
  call.done();
  layer.cell = zeroScratch<float>(6, layer.B * layer.H);
  runLayer(layer, input, recurrent);
}

/**
 * B, T, I, H, batchInvariant, x (B, T, I), input (I, 4H) and recurrent (H, 4H), both floats or both bfloat16, bias (4H),
 * hidden (B, H), cell (B, H), y (B, T, H), lastHidden (B, H), lastCell (B, H), gates (B, T, 4H) as scratch
 */
void lstmFrom(Call& call) {
  Layer layer = readSizes(call);
  const bool batchInvariant = call.flag("batchInvariant");
  layer.x = call.floats("x", ::product(layer.B, layer.T, layer.I));
  const int64_t B = layer.B, T = layer.T, H = layer.H, G = ::product(GATES, H), state = ::product(B, H);
  const bool halves = call.nextIsHalves();
  const int64_t inputSize = ::product(layer.I, G), recurrentSize = ::product(H, G);
  const uint16_t* narrowInput = halves ? call.halves("input", inputSize) : nullptr;
  const float* input = halves ? nullptr : call.floats("input", inputSize);
  const uint16_t* narrowRecurrent = halves ? call.halves("recurrent", recurrentSize) : nullptr;
  const float* recurrent = halves ? nullptr : call.floats("recurrent", recurrentSize);
  layer.bias = call.floats("bias", G);
  layer.hidden = call.floats("hidden", state);
  const float* cell = call.floats("cell", state);
  layer.y = call.floats("y", ::product(B, T, H));
  float* lastHidden = call.floats("lastHidden", state);
  layer.cell = call.floats("lastCell", state);
  layer.gates = call.floats("gates", ::product(B, T, G));
  call.done();
  memcpy(layer.cell, cell, size_t(state) * sizeof(float));
  if (halves) runLayerByGemv(layer, narrowInput, narrowRecurrent);
  else if (batchInvariant || (B <= GEMV_ROWS && T <= FEW_STEPS)) runLayerByGemv(layer, input, recurrent);
  else runLayer(layer, input, recurrent);
  for (int64_t b = 0; b < B; b++) {
    memcpy(lastHidden + b * H, layer.y + (b * T + T - 1) * H, size_t(H) * sizeof(float));
  }
}

}  // namespace TARGET

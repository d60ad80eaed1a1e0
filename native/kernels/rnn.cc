// rnn: Elman's layer with tanh over a whole sequence, and backpropagation through it. It has one gate, the hidden values
// before their activation, whose input's part is computed where the hidden values then stand.
#include "recurrent-grad.h"

namespace TARGET {

namespace {

struct Cell {
  static constexpr int GATES = 1;

  const Sequence& layer;

  V step(const Units& at, const float* recurrent, int64_t) const {
    return hyperbolicTangent(loadUpTo(layer.y + layer.place(at), at.count) + loadUpTo(recurrent, at.count));
  }
};

struct CellGrad {
  static constexpr int GATES = 1, SUMS = 1;

  const Sequence& layer;
  float* dGates;  // (B, T, H), before activation

  void prefetch(int64_t row, int64_t first) const { prefetchUnits(layer.y + row * layer.H + first); }

  void gradients(const Units& at, V dhidden, float*, V (&dGate)[GATES], V (&term)[SUMS]) const {
    const int64_t place = layer.place(at);
    const V hidden = loadUpTo(layer.y + place, at.count);
    dGate[0] = term[0] = dhidden * (1.0f - hidden * hidden);
    storeUpTo(dGates + place, dGate[0], at.count);
  }
};

}  // namespace

/** B, T, I, H, x (B, T, I), input (I, H), recurrent (H, H), bias (H), y (B, T, H) */
void rnn(Call& call) {
  Sequence layer = readSizes(call);
  const int64_t H = layer.H;
  layer.x = call.floats("x", ::product(layer.B, layer.T, layer.I));
  const float* input = call.floats("input", ::product(layer.I, H));
  const float* recurrent = call.floats("recurrent", ::product(H, H));
  layer.bias = call.floats("bias", H);
  layer.y = layer.gates = call.floats("y", ::product(layer.B, layer.T, H));
  call.done();
  runLayer(layer, input, recurrent, Cell{layer});
}

/**
 * B, T, I, H, batchInvariant, x (B, T, I), input (I, H) and recurrent (H, H), both floats or both bfloat16, bias (H),
 * hidden (B, H), y (B, T, H), lastHidden (B, H)
 */
void rnnFrom(Call& call) {
  Sequence layer = readSizes(call);
  const bool batchInvariant = call.flag("batchInvariant");
  const int64_t H = layer.H, state = ::product(layer.B, H);
  layer.x = call.floats("x", ::product(layer.B, layer.T, layer.I));
  const Matrices weights = readMatrices(call, layer, H);
  layer.bias = call.floats("bias", H);
  layer.hidden = call.floats("hidden", state);
  layer.y = layer.gates = call.floats("y", ::product(layer.B, layer.T, H));
  float* lastHidden = call.floats("lastHidden", state);
  call.done();
  runLayerFrom(layer, weights, batchInvariant, Cell{layer}, lastHidden);
}

/**
 * B, T, I, H, dy (B, T, H), x (B, T, I), input (I, H), recurrent (H, H), y, dx, dInput, dRecurrent, dBias; and as scratch:
 * dGates (B, T, H), before (B, T, H)
 */
void rnnGrad(Call& call) {
  Sequence layer = readSizes(call);
  const int64_t I = layer.I, H = layer.H, N = ::product(layer.B, layer.T), units = ::product(N, H);
  const float* dy = call.floats("dy", units);
  layer.x = call.floats("x", ::product(N, I));
  const float* input = call.floats("input", ::product(I, H));
  const float* recurrent = call.floats("recurrent", ::product(H, H));
  layer.y = call.floats("y", units);
  float* dx = call.floats("dx", ::product(N, I));
  float* dInput = call.floats("dInput", ::product(I, H));
  float* dRecurrent = call.floats("dRecurrent", ::product(H, H));
  float* const sums[] = {call.floats("dBias", H)};
  float* dGates = call.floats("dGates", units);
  float* before = call.floats("before", units);
  call.done();
  withOperands([&](auto operands) {
    unrollBackwards<decltype(operands)>(layer, recurrent, dy, CellGrad{layer, dGates}, sums);
  });
  shift(layer, before);
  inputGradients(layer, {dGates, H}, H, input, dx, dInput);
  gemm(H, H, N, transposed(Matrix{before, H}), {dGates, H}, dRecurrent, H);
}

}  // namespace TARGET

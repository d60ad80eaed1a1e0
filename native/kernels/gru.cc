// gru: a layer of gated recurrent units over a whole sequence, and backpropagation through it. Gates stand in PyTorch's
// order: reset, update, candidate; as there, the reset gate scales the candidate's recurrent part with its own bias.
#include "recurrent-grad.h"

namespace TARGET {

namespace {

struct Cell {
  static constexpr int GATES = 3;

  const Sequence& layer;
  const float* recurrentBias;  // (H)
  float* candidates;           // (B, T, H): their recurrent parts, or null; if they are kept, gates are activated in the end

  V step(const Units& at, const float* recurrent, int64_t stride) const {
    const int64_t H = layer.H;
    float* own = layer.gates + layer.gatePlace(at, GATES);
    const auto part = [&](int q) { return loadUpTo(recurrent + q * stride, at.count); };
    const V reset = sigmoid(loadUpTo(own, at.count) + part(0));
    const V update = sigmoid(loadUpTo(own + H, at.count) + part(1));
    const V scaled = part(2) + loadUpTo(recurrentBias + at.first, at.count);
    const V candidate = hyperbolicTangent(loadUpTo(own + 2 * H, at.count) + reset * scaled);
    if (candidates) {
      storeUpTo(candidates + layer.place(at), scaled, at.count);
      storeUpTo(own, reset, at.count);
      storeUpTo(own + H, update, at.count);
      storeUpTo(own + 2 * H, candidate, at.count);
    }
    return candidate + update * (layer.hiddenBefore(at) - candidate);
  }
};

struct CellGrad {
  static constexpr int GATES = 3, SUMS = 4;

  const Sequence& layer;
  const float* candidates;  // (B, T, H)
  float* dGates;            // (B, T, 3H), before activation
  float* dCandidates;       // (B, T, H): of the candidates' recurrent parts

  void prefetch(int64_t row, int64_t first) const {
    prefetchUnits(candidates + row * layer.H + first);
    for (int q = 0; q < GATES; q++) prefetchUnits(layer.gates + (row * GATES + q) * layer.H + first);
  }

  /** `through` is the part of the gradient of the hidden values that the update gate lets past. */
  void gradients(const Units& at, V dhidden, float* through, V (&dGate)[GATES], V (&term)[SUMS]) const {
    const int64_t H = layer.H, place = layer.place(at), own = layer.gatePlace(at, GATES);
    const auto gate = [&](int q) { return loadUpTo(layer.gates + own + q * H, at.count); };
    const V reset = gate(0), update = gate(1), candidate = gate(2);
    dhidden += load(through);
    store(through, dhidden * update);
    term[2] = dhidden * (1.0f - update) * (1.0f - candidate * candidate);
    term[1] = dhidden * (layer.hiddenBefore(at) - candidate) * update * (1.0f - update);
    term[0] = term[2] * loadUpTo(candidates + place, at.count) * reset * (1.0f - reset);
    term[3] = term[2] * reset;
    for (int q = 0; q < GATES; q++) storeUpTo(dGates + own + q * H, term[q], at.count);
    storeUpTo(dCandidates + place, term[3], at.count);
    dGate[0] = term[0], dGate[1] = term[1], dGate[2] = term[3];
  }
};

}  // namespace

/**
 * B, T, I, H, x (B, T, I), input (I, 3H), recurrent (H, 3H), bias (3H), recurrentBias (H): the candidate's; y (B, T, H),
 * gates (B, T, 3H), candidates (B, T, H)
 */
void gru(Call& call) {
  Sequence layer = readSizes(call);
  const int64_t H = layer.H, G = ::product(3, H), steps = ::product(layer.B, layer.T);
  layer.x = call.floats("x", ::product(steps, layer.I));
  const float* input = call.floats("input", ::product(layer.I, G));
  const float* recurrent = call.floats("recurrent", ::product(H, G));
  layer.bias = call.floats("bias", G);
  const float* recurrentBias = call.floats("recurrentBias", H);
  layer.y = call.floats("y", ::product(steps, H));
  layer.gates = call.floats("gates", ::product(steps, G));
  float* candidates = call.floats("candidates", ::product(steps, H));
  call.done();
  runLayer(layer, input, recurrent, Cell{layer, recurrentBias, candidates});
}

/**
 * B, T, I, H, batchInvariant, x (B, T, I), input (I, 3H) and recurrent (H, 3H), both floats or both bfloat16, bias (3H),
 * recurrentBias (H), hidden (B, H), y (B, T, H), lastHidden (B, H), gates (B, T, 3H) as scratch
 */
void gruFrom(Call& call) {
  Sequence layer = readSizes(call);
  const bool batchInvariant = call.flag("batchInvariant");
  const int64_t H = layer.H, G = ::product(3, H), steps = ::product(layer.B, layer.T), state = ::product(layer.B, H);
  layer.x = call.floats("x", ::product(steps, layer.I));
  const Matrices weights = readMatrices(call, layer, G);
  layer.bias = call.floats("bias", G);
  const float* recurrentBias = call.floats("recurrentBias", H);
  layer.hidden = call.floats("hidden", state);
  layer.y = call.floats("y", ::product(steps, H));
  float* lastHidden = call.floats("lastHidden", state);
  layer.gates = call.floats("gates", ::product(steps, G));
  call.done();
  runLayerFrom(layer, weights, batchInvariant, Cell{layer, recurrentBias, nullptr}, lastHidden);
}

/**
 * B, T, I, H, dy (B, T, H), x (B, T, I), input (I, 3H), recurrent (H, 3H), y, gates, candidates, dx, dInput, dRecurrent,
 * dBias, dRecurrentBias; and as scratch: dGates (B, T, 3H), dCandidates (B, T, H), before (B, T, H)
 */
void gruGrad(Call& call) {
  Sequence layer = readSizes(call);
  const int64_t I = layer.I, H = layer.H, N = ::product(layer.B, layer.T), G = ::product(3, H), units = ::product(N, H);
  const float* dy = call.floats("dy", units);
  layer.x = call.floats("x", ::product(N, I));
  const float* input = call.floats("input", ::product(I, G));
  const float* recurrent = call.floats("recurrent", ::product(H, G));
  layer.y = call.floats("y", units);
  layer.gates = call.floats("gates", ::product(N, G));
  const float* candidates = call.floats("candidates", units);
  float* dx = call.floats("dx", ::product(N, I));
  float* dInput = call.floats("dInput", ::product(I, G));
  float* dRecurrent = call.floats("dRecurrent", ::product(H, G));
  float* dBias = call.floats("dBias", G);
  float* dRecurrentBias = call.floats("dRecurrentBias", H);
  float* dGates = call.floats("dGates", ::product(N, G));
  float* dCandidates = call.floats("dCandidates", units);
  float* before = call.floats("before", units);
  call.done();
  float* const sums[] = {dBias, dBias + H, dBias + 2 * H, dRecurrentBias};
  const CellGrad cell = {layer, candidates, dGates, dCandidates};
  withOperands([&](auto operands) { unrollBackwards<decltype(operands)>(layer, recurrent, dy, cell, sums); });
  shift(layer, before);
  inputGradients(layer, {dGates, G}, G, input, dx, dInput);
  const Matrix beforeT = transposed(Matrix{before, H});
  gemm(H, 2 * H, N, beforeT, {dGates, G}, dRecurrent, G);
  gemm(H, H, N, beforeT, {dCandidates, H}, dRecurrent + 2 * H, G);
}

}  // namespace TARGET

// lstm: a layer over a whole sequence, and backpropagation through it. Gates stand in PyTorch's order: input, forget, cell,
// output. With peepholes the input and the forget gate see the cell before the step, and the output gate the one after it.
#include "recurrent-grad.h"

namespace TARGET {

namespace {

constexpr int SEEING = 3;  // peepholes of a unit: of the input, the forget and the output gate

template <bool PEEPHOLES>
struct Cell {
  static constexpr int GATES = 4;

  const Sequence& layer;
  const float* peepholes;  // (3H)
  float* cell;             // (B, H): the first step's, and in the end the last step's
  float* cells;            // (B, T, H) or null; if they are kept, gates are activated in the end

  V peephole(int gate, const Units& at) const { return loadUpTo(peepholes + gate * layer.H + at.first, at.count); }

  V step(const Units& at, const float* recurrent, int64_t stride) const {
    const int64_t H = layer.H;
    float* own = layer.gates + layer.gatePlace(at, GATES);
    float* state = cell + at.b * H + at.first;
    const V before = loadUpTo(state, at.count);
    V gate[GATES];
    for (int q = 0; q < GATES; q++) gate[q] = loadUpTo(own + q * H, at.count) + loadUpTo(recurrent + q * stride, at.count);
    if constexpr (PEEPHOLES) {
      gate[0] += peephole(0, at) * before;
      gate[1] += peephole(1, at) * before;
    }
    for (int q = 0; q < 3; q++) gate[q] = q == 2 ? hyperbolicTangent(gate[q]) : sigmoid(gate[q]);
    const V now = gate[1] * before + gate[0] * gate[2];
    if constexpr (PEEPHOLES) gate[3] += peephole(2, at) * now;
    gate[3] = sigmoid(gate[3]);
    storeUpTo(state, now, at.count);
    if (cells) {
      storeUpTo(cells + layer.place(at), now, at.count);
      for (int q = 0; q < GATES; q++) storeUpTo(own + q * H, gate[q], at.count);
    }
    return gate[3] * hyperbolicTangent(now);
  }
};

template <bool PEEPHOLES>
struct CellGrad {
  static constexpr int GATES = 4, SUMS = GATES + (PEEPHOLES ? SEEING : 0);

  const Sequence& layer;
  const float* peepholes;  // (3H)
  const float* cells;      // (B, T, H)
  float* dGates;           // (B, T, 4H), before activation

  void prefetch(int64_t row, int64_t first) const {
    prefetchUnits(cells + row * layer.H + first);
    for (int q = 0; q < GATES; q++) prefetchUnits(layer.gates + (row * GATES + q) * layer.H + first);
  }

  /** `through` is the gradient of the cell. */
  void gradients(const Units& at, V dhidden, float* through, V (&dGate)[GATES], V (&term)[SUMS]) const {
    const int64_t H = layer.H, place = layer.place(at), own = layer.gatePlace(at, GATES);
    V gate[GATES];
    for (int q = 0; q < GATES; q++) gate[q] = loadUpTo(layer.gates + own + q * H, at.count);
    const V before = at.t > 0 ? loadUpTo(cells + place - H, at.count) : V{};
    const V now = loadUpTo(cells + place, at.count);
    const V i = gate[0], f = gate[1], g = gate[2], o = gate[3], out = hyperbolicTangent(now);
    V dcell = load(through);
    dcell += dhidden * o * (1.0f - out * out);
    dGate[3] = dhidden * out * o * (1.0f - o);
    const auto peephole = [&](int k) { return loadUpTo(peepholes + k * H + at.first, at.count); };
    if constexpr (PEEPHOLES) dcell += dGate[3] * peephole(2);
    dGate[0] = dcell * g * i * (1.0f - i);
    dGate[1] = dcell * before * f * (1.0f - f);
    dGate[2] = dcell * i * (1.0f - g * g);
    dcell *= f;
    for (int q = 0; q < GATES; q++) term[q] = dGate[q];
    if constexpr (PEEPHOLES) {
      dcell += dGate[0] * peephole(0) + dGate[1] * peephole(1);
      term[4] = dGate[0] * before;
      term[5] = dGate[1] * before;
      term[6] = dGate[3] * now;
    }
    store(through, dcell);
    for (int q = 0; q < GATES; q++) storeUpTo(dGates + own + q * H, dGate[q], at.count);
  }
};

/** Calls work(std::true_type()) with peepholes, else work(std::false_type()). */
template <class Work>
void withPeepholes(bool peepholes, const Work& work) {
  if (peepholes) work(std::true_type());
  else work(std::false_type());
}

template <bool PEEPHOLES>
void runBackwards(const Sequence& layer, const float* recurrent, const float* dy, const CellGrad<PEEPHOLES>& cell,
                  float* dBias, float* dPeepholes) {
  float* sums[CellGrad<PEEPHOLES>::SUMS];
  for (int q = 0; q < 4; q++) sums[q] = dBias + q * layer.H;
  if constexpr (PEEPHOLES) {
    for (int k = 0; k < SEEING; k++) sums[4 + k] = dPeepholes + k * layer.H;
  }
  withOperands([&](auto operands) { unrollBackwards<decltype(operands)>(layer, recurrent, dy, cell, sums); });
}

}  // namespace

/**
 * B, T, I, H, x (B, T, I), input (I, 4H), recurrent (H, 4H), bias (4H), peepholes (3H) or null: input, forget, output;
 * y (B, T, H), gates (B, T, 4H), cells (B, T, H)
 */
void lstm(Call& call) {
  Sequence layer = readSizes(call);
  layer.x = call.floats("x", ::product(layer.B, layer.T, layer.I));
  const int64_t G = ::product(4, layer.H), steps = ::product(layer.B, layer.T);
  const float* input = call.floats("input", ::product(layer.I, G));
  const float* recurrent = call.floats("recurrent", ::product(layer.H, G));
  layer.bias = call.floats("bias", G);
  const float* peepholes = call.floatsOrNull("peepholes", ::product(SEEING, layer.H));
  layer.y = call.floats("y", ::product(steps, layer.H));
  layer.gates = call.floats("gates", ::product(steps, G));
  float* cells = call.floats("cells", ::product(steps, layer.H));
  call.done();
  float* cell = zeroScratch<float>(6, layer.B * layer.H);
  withPeepholes(peepholes, [&](auto with) {
    runLayer(layer, input, recurrent, Cell<with.value>{layer, peepholes, cell, cells});
  });
}

/**
 * B, T, I, H, batchInvariant, x (B, T, I), input (I, 4H) and recurrent (H, 4H), both floats or both bfloat16, bias (4H),
 * peepholes (3H) or null, hidden (B, H), cell (B, H), y (B, T, H), lastHidden (B, H), lastCell (B, H), gates (B, T, 4H) as
 * scratch
 */
void lstmFrom(Call& call) {
  Sequence layer = readSizes(call);
  const bool batchInvariant = call.flag("batchInvariant");
  layer.x = call.floats("x", ::product(layer.B, layer.T, layer.I));
  const int64_t B = layer.B, T = layer.T, H = layer.H, G = ::product(4, H), state = ::product(B, H);
  const Matrices weights = readMatrices(call, layer, G);
  layer.bias = call.floats("bias", G);
  const float* peepholes = call.floatsOrNull("peepholes", ::product(SEEING, H));
  layer.hidden = call.floats("hidden", state);
  const float* cell = call.floats("cell", state);
  layer.y = call.floats("y", ::product(B, T, H));
  float* lastHidden = call.floats("lastHidden", state);
  float* lastCell = call.floats("lastCell", state);
  layer.gates = call.floats("gates", ::product(B, T, G));
  call.done();
  memcpy(lastCell, cell, size_t(state) * sizeof(float));
  withPeepholes(peepholes, [&](auto with) {
    runLayerFrom(layer, weights, batchInvariant, Cell<with.value>{layer, peepholes, lastCell, nullptr}, lastHidden);
  });
}

/**
 * B, T, I, H, dy (B, T, H), x (B, T, I), input (I, 4H), recurrent (H, 4H), peepholes (3H) or null, y, gates, cells, dx,
 * dInput, dRecurrent, dBias, dPeepholes or null; and as scratch: dGates (B, T, 4H), before (B, T, H)
 */
void lstmGrad(Call& call) {
  Sequence layer = readSizes(call);
  const int64_t I = layer.I, H = layer.H, N = ::product(layer.B, layer.T), G = ::product(4, H), units = ::product(N, H);
  const float* dy = call.floats("dy", units);
  layer.x = call.floats("x", ::product(N, I));
  const float* input = call.floats("input", ::product(I, G));
  const float* recurrent = call.floats("recurrent", ::product(H, G));
  const float* peepholes = call.floatsOrNull("peepholes", ::product(SEEING, H));
  layer.y = call.floats("y", units);
  layer.gates = call.floats("gates", ::product(N, G));
  const float* cells = call.floats("cells", units);
  float* dx = call.floats("dx", ::product(N, I));
  float* dInput = call.floats("dInput", ::product(I, G));
  float* dRecurrent = call.floats("dRecurrent", ::product(H, G));
  float* dBias = call.floats("dBias", G);
  float* dPeepholes = peepholes ? call.floats("dPeepholes", ::product(SEEING, H)) : call.floatsOrNull("dPeepholes", 0);
  float* dGates = call.floats("dGates", ::product(N, G));
  float* before = call.floats("before", units);
  call.done();
  withPeepholes(peepholes, [&](auto with) {
    runBackwards(layer, recurrent, dy, CellGrad<with.value>{layer, peepholes, cells, dGates}, dBias, dPeepholes);
  });
  shift(layer, before);
  inputGradients(layer, {dGates, G}, G, input, dx, dInput);
  gemm(H, G, N, transposed(Matrix{before, H}), {dGates, G}, dRecurrent, G);
}

}  // namespace TARGET

// The functions of native/kernels as TypeScript calls them, whether they were compiled to an addon or to WebAssembly. Each
// checks its arrays against the sizes it is given, and throws an Error that starts with its name. An array that it writes to
// must be in the engine's memory. What a function means, and its shapes, are documented in C++.

type Floats = Float32Array;
type Ints = Int32Array;
/** Bits of bfloat16 numbers. */
type Halves = Uint16Array;

/** The rank and sizes of a, then of b, whose shapes broadcast to that of `out`. */
type OfTwo<Out> = (...call: [...ranksAndSizes: number[], a: Floats, b: Floats, out: Out]) => void;
/** The op's own parameters, if any, and sizes come first. */
type OfOne = (...call: [...parametersAndSizes: number[], x: Floats, y: Floats]) => void;

export type Arithmetic =
  | 'add'
  | 'sub'
  | 'multiply'
  | 'realDiv'
  | 'maximum'
  | 'minimum'
  | 'squaredDifference'
  | 'pow'
  | 'prelu'
  | 'eluGrad';

export type Comparison = 'equal' | 'notEqual' | 'greater' | 'greaterEqual' | 'less' | 'lessEqual';

/** Element-wise functions: (parameters…, count, x, y). */
export type Unary =
  | 'exp'
  | 'log'
  | 'tanh'
  | 'sigmoid'
  | 'softplus'
  | 'erf'
  | 'sqrt'
  | 'rsqrt'
  | 'square'
  | 'reciprocal'
  | 'neg'
  | 'abs'
  | 'floor'
  | 'relu'
  | 'relu6'
  | 'elu'
  | 'leakyRelu'
  | 'step'
  | 'clipByValue';

/** (scale, outer, n, inner, x, y) for sum; the others have no scale. */
export type Reduction = 'sum' | 'prod' | 'max' | 'min';

// biome-ignore format: one line for what belongs together: sizes, inputs, outputs
interface Fused {
  toBf16(count: number, from: Floats, to: Halves): void;
  matMul(
    batch: number, M: number, N: number, K: number,
    transposeA: boolean, transposeB: boolean, oneA: boolean, oneB: boolean,
    a: Floats, b: Floats, c: Floats,
  ): void;
  logits(
    N: number, C: number, V: number, batchInvariant: boolean,
    x: Floats, weight: Floats | Halves, bias: Floats | null, y: Floats,
  ): void;
  linear(
    N: number, I: number, O: number, batchInvariant: boolean,
    x: Floats, weight: Floats | Halves, bias: Floats | null, residual: Floats | null,
    y: Floats, beforeGelu: Floats | null,
  ): void;
  linearGrad(
    N: number, I: number, O: number,
    dy: Floats, x: Floats | null, weight: Floats | null, beforeGelu: Floats | null,
    dx: Floats | null, dWeight: Floats | null, dBias: Floats | null,
  ): void;
  adamW(
    p: Floats[], g: Floats[], m: Floats[], v: Floats[], decays: Floats,
    learningRate: number, beta1: number, beta2: number, epsilon: number, step: number, gradientScale: number,
  ): void;
  sgd(
    p: Floats[], g: Floats[], m: Floats[] | null, decays: Floats,
    learningRate: number, momentum: number, nesterov: boolean, gradientScale: number,
  ): void;
  rmsProp(
    p: Floats[], g: Floats[], v: Floats[], m: Floats[] | null, decays: Floats,
    learningRate: number, smoothing: number, momentum: number, epsilon: number, gradientScale: number,
  ): void;
  lion(
    p: Floats[], g: Floats[], m: Floats[], decays: Floats,
    learningRate: number, beta1: number, beta2: number, gradientScale: number,
  ): void;
  muon(
    p: Floats[], g: Floats[], m: Floats[], decays: Floats, inputs: Ints, rates: Floats,
    momentum: number, gradientScale: number,
  ): void;
  globalNorm(gradients: Floats[], sums: Floats | null): number;
  layerNorm(
    N: number, C: number, epsilon: number,
    x: Floats, weight: Floats, bias: Floats,
    y: Floats, means: Floats, scales: Floats,
  ): void;
  layerNormGrad(
    N: number, C: number,
    dy: Floats, x: Floats, weight: Floats, means: Floats, scales: Floats,
    dx: Floats, dWeight: Floats | null, dBias: Floats | null,
  ): void;
  rmsNorm(N: number, C: number, epsilon: number, x: Floats, weight: Floats, y: Floats, scales: Floats): void;
  rmsNormGrad(
    N: number, C: number,
    dy: Floats, x: Floats, weight: Floats, scales: Floats, dx: Floats, dWeight: Floats | null,
  ): void;
  embedding(tokens: number, V: number, C: number, table: Floats | Halves, ids: Ints, y: Floats): void;
  embeddingGrad(tokens: number, V: number, C: number, dy: Floats, ids: Ints, gradient: Floats): void;
  crossEntropy(
    N: number, C: number, V: number,
    x: Floats, weight: Floats, bias: Floats | null, targets: Ints, held: number,
    dx: Floats | null, dWeight: Floats | null, dBias: Floats | null,
  ): number;
  coveredSoftmax(
    R: number, H: number, T: number, S: number,
    scores: Floats, weight: Floats, before: Floats, y: Floats,
  ): void;
  coveredSoftmaxGrad(
    R: number, H: number, T: number, S: number,
    dy: Floats, weight: Floats, y: Floats, dScores: Floats, dWeight: Floats,
  ): void;
  coveredAdditive(
    B: number, T: number, S: number, C: number,
    queries: Floats, keys: Floats, cover: Floats, score: Floats, mask: Floats, before: Floats, y: Floats,
  ): void;
  coveredAdditiveGrad(
    B: number, T: number, S: number, C: number,
    dy: Floats, queries: Floats, keys: Floats, cover: Floats, score: Floats, y: Floats,
    dQueries: Floats, dKeys: Floats, dCover: Floats, dScore: Floats,
  ): void;
  crfLoss(
    B: number, T: number, K: number,
    scores: Floats, transitions: Floats, start: Floats, end: Floats, tags: Ints, lengths: Ints,
    dScores: Floats | null, dTransitions: Floats | null, dStart: Floats | null, dEnd: Floats | null,
  ): number;
  ctcLoss(
    B: number, T: number, V: number, U: number, blank: number,
    logits: Floats, inputLengths: Ints, targets: Ints, targetLengths: Ints,
    dLogits: Floats | null,
  ): number;
  lossGrad(gradients: Floats[], dy: number): void;
  dropout(count: number, rate: number, key0: number, key1: number, x: Floats, y: Floats): void;
  geluErf(count: number, x: Floats, y: Floats): void;
  geluErfGrad(count: number, dy: Floats, x: Floats, dx: Floats): void;
  activate(activation: number, count: number, x: Floats, up: Floats | null, y: Floats): void;
  activateGrad(
    activation: number, count: number,
    dy: Floats, x: Floats, up: Floats | null, dx: Floats, dUp: Floats | null,
  ): void;
  packHeads(
    B: number, T: number, heads: number, kvHeads: number, D: number,
    positions: number, rotations: Floats | null, starts: Ints | null,
    q: Floats, k: Floats, v: Floats, qkv: Floats,
  ): void;
  packHeadsGrad(
    B: number, T: number, heads: number, kvHeads: number, D: number,
    positions: number, rotations: Floats | null, starts: Ints | null,
    dqkv: Floats, dq: Floats, dk: Floats, dv: Floats,
  ): void;
  rnn(
    B: number, T: number, I: number, H: number,
    x: Floats, input: Floats, recurrent: Floats, bias: Floats, y: Floats,
  ): void;
  rnnFrom<Weight extends Floats | Halves>(
    B: number, T: number, I: number, H: number, batchInvariant: boolean,
    x: Floats, input: Weight, recurrent: Weight, bias: Floats, hidden: Floats,
    y: Floats, lastHidden: Floats,
  ): void;
  rnnGrad(
    B: number, T: number, I: number, H: number,
    dy: Floats, x: Floats, input: Floats, recurrent: Floats, y: Floats,
    dx: Floats, dInput: Floats, dRecurrent: Floats, dBias: Floats, dGates: Floats, before: Floats,
  ): void;
  gru(
    B: number, T: number, I: number, H: number,
    x: Floats, input: Floats, recurrent: Floats, bias: Floats, recurrentBias: Floats,
    y: Floats, gates: Floats, candidates: Floats,
  ): void;
  gruFrom<Weight extends Floats | Halves>(
    B: number, T: number, I: number, H: number, batchInvariant: boolean,
    x: Floats, input: Weight, recurrent: Weight, bias: Floats, recurrentBias: Floats, hidden: Floats,
    y: Floats, lastHidden: Floats, gates: Floats,
  ): void;
  gruGrad(
    B: number, T: number, I: number, H: number,
    dy: Floats, x: Floats, input: Floats, recurrent: Floats, y: Floats, gates: Floats, candidates: Floats,
    dx: Floats, dInput: Floats, dRecurrent: Floats, dBias: Floats, dRecurrentBias: Floats,
    dGates: Floats, dCandidates: Floats, before: Floats,
  ): void;
  lstm(
    B: number, T: number, I: number, H: number,
    x: Floats, input: Floats, recurrent: Floats, bias: Floats, peepholes: Floats | null,
    y: Floats, gates: Floats, cells: Floats,
  ): void;
  lstmFrom<Weight extends Floats | Halves>(
    B: number, T: number, I: number, H: number, batchInvariant: boolean,
    x: Floats, input: Weight, recurrent: Weight, bias: Floats, peepholes: Floats | null,
    hidden: Floats, cell: Floats,
    y: Floats, lastHidden: Floats, lastCell: Floats, gates: Floats,
  ): void;
  lstmGrad(
    B: number, T: number, I: number, H: number,
    dy: Floats, x: Floats, input: Floats, recurrent: Floats, peepholes: Floats | null,
    y: Floats, gates: Floats, cells: Floats,
    dx: Floats, dInput: Floats, dRecurrent: Floats, dBias: Floats, dPeepholes: Floats | null,
    dGates: Floats, before: Floats,
  ): void;
  gatedConv(
    B: number, T: number, I: number, H: number, K: number, dilation: number,
    x: Floats, weight: Floats, bias: Floats, y: Floats, gates: Floats,
  ): void;
  gatedConvGrad(
    B: number, T: number, I: number, H: number, K: number, dilation: number,
    dy: Floats, x: Floats, weight: Floats, gates: Floats,
    dx: Floats, dWeight: Floats, dBias: Floats,
  ): void;
  causalAttention(
    B: number, T: number, heads: number, kvHeads: number, D: number, rate: number, key0: number, key1: number,
    qkv: Floats, y: Floats, logSumExp: Floats,
  ): void;
  causalAttentionGrad(
    B: number, T: number, heads: number, kvHeads: number, D: number, rate: number, key0: number, key1: number,
    dy: Floats, qkv: Floats, y: Floats, logSumExp: Floats, dqkv: Floats,
  ): void;
  cachedAttention(
    B: number, T: number, heads: number, kvHeads: number, D: number,
    places: number, capacity: number, rows: Ints,
    qkv: Floats, keys: Floats, values: Floats, y: Floats,
  ): void;
  fullAttention(
    B: number, T: number, S: number, heads: number, D: number, rate: number, key0: number, key1: number,
    q: Floats, k: Floats, v: Floats, lengths: Ints, y: Floats, logSumExp: Floats,
  ): void;
  fullAttentionGrad(
    B: number, T: number, S: number, heads: number, D: number, rate: number, key0: number, key1: number,
    dy: Floats, q: Floats, k: Floats, v: Floats, lengths: Ints, y: Floats, logSumExp: Floats,
    dq: Floats, dk: Floats, dv: Floats,
  ): void;
  softmax(rows: number, n: number, x: Floats, y: Floats): void;
  move(...call: [...rankThenSizesAndSteps: number[], fromStart: number, toStart: number, fromTo: [Floats, Floats]]): void;
  gather(
    batch: number, outer: number, choices: number, inner: number, count: number,
    x: Floats, ids: Ints, y: Floats,
  ): void;
  unsortedSegmentSum(rows: number, columns: number, segments: number, x: Floats, ids: Ints, y: Floats): void;
  select(count: number, condition: Ints, yes: Floats, no: Floats, y: Floats): void;
}

export type CpuOps = Readonly<
  Fused &
    Record<Arithmetic, OfTwo<Floats>> &
    Record<Comparison, OfTwo<Uint8Array>> &
    Record<Unary | Reduction, OfOne>
>;

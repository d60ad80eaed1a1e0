// Every op once more as obvious loops in float64, to hold the backends to. Written for reading, not for speed.
import { type Key, threefry } from '../../src/base/random.ts';

/** A tensor's numbers in row-major order. */
export interface Values {
  shape: number[];
  data: number[];
}

export interface MaskSettings {
  rate: number;
  key: Key;
}

/** table (V, C), ids (…) → (…, C) */
export function embedding(table: Values, ids: Values): Values {
  const C = table.shape[1]!;
  const data = ids.data.flatMap((id) => table.data.slice(id * C, (id + 1) * C));
  return { shape: [...ids.shape, C], data };
}

/** x (…, I), weight (I, O), bias (O) or none, residual (…, O) → (…, O) */
export function linear(x: Values, weight: Values, bias: Values | undefined, residual?: Values): Values {
  const [I, O] = weight.shape as [number, number];
  const data: number[] = [];
  for (let at = 0; at < x.data.length; at += I) {
    for (let o = 0; o < O; o++) {
      let sum = (bias?.data[o] ?? 0) + (residual?.data[data.length] ?? 0);
      for (let i = 0; i < I; i++) sum += x.data[at + i]! * weight.data[i * O + o]!;
      data.push(sum);
    }
  }
  return { shape: [...x.shape.slice(0, -1), O], data };
}

export function gelu({ shape, data }: Values): Values {
  const one = (v: number) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
  return { shape, data: data.map(one) };
}

/** erf is integrated by Simpson's rule: of 2000 steps, to 1e-12. */
export function geluErf({ shape, data }: Values): Values {
  const erf = (v: number) => {
    const [end, steps] = [Math.min(Math.abs(v), 7), 2000];
    const at = (i: number) =>
      Math.exp(-(((i * end) / steps) ** 2)) * (i % steps === 0 ? 1 : i % 2 === 0 ? 2 : 4);
    const area = range(steps + 1).reduce((total, i) => total + at(i), 0) * (end / steps / 3);
    return (Math.sign(v) * 2 * area) / Math.sqrt(Math.PI);
  };
  return { shape, data: data.map((v) => 0.5 * v * (1 + erf(v / Math.SQRT2))) };
}

export function activate(x: Values, activation: 'silu' | 'gelu' | 'relu2', up?: Values): Values {
  const functions = {
    silu: (v: number) => v / (1 + Math.exp(-v)),
    gelu: (v: number) => gelu({ shape: [1], data: [v] }).data[0]!,
    relu2: (v: number) => Math.max(0, v) ** 2,
  };
  const data = x.data.map((v, i) => functions[activation](v) * (up?.data[i] ?? 1));
  return { shape: x.shape, data };
}

/** x (…, C), weight (C) → (…, C) */
export function rmsNorm(x: Values, weight: Values, epsilon: number): Values {
  const C = weight.data.length;
  const data = x.data.map((v, i) => {
    const first = i - (i % C);
    const square = sum(x.data.slice(first, first + C).map((value) => value ** 2)) / C;
    return (v / Math.sqrt(square + epsilon)) * weight.data[i % C]!;
  });
  return { shape: x.shape, data };
}

/** Queries and keys turned, then all side by side; q (B, T, H·D), k and v (B, T, K·D) → (B, T, (H + 2K)·D) */
export function packHeads(
  [q, k, v]: readonly Values[],
  D: number,
  frequencies: readonly number[] | undefined,
  starts: Values,
): Values {
  const [B, T] = q!.shape as [number, number];
  const turned = (x: Values) =>
    frequencies ? rope({ ...x, shape: [B, T, x.shape[2]! / D, D] }, frequencies, starts) : x;
  const parts = [turned(q!), turned(k!), v!].map(({ data }) => ({ data, width: data.length / (B * T) }));
  const data = range(B * T).flatMap((row) =>
    parts.flatMap(({ data, width }) => data.slice(row * width, (row + 1) * width)),
  );
  return { shape: [B, T, data.length / (B * T)], data };
}

/** x (B, T, H, D), frequencies (D/2), starts (B): a pair (i, i + D/2) is a complex number, times e^(√−1 · position · frequency i) */
function rope(x: Values, frequencies: readonly number[], starts: Values): Values {
  const [B, T, H, D] = x.shape as [number, number, number, number];
  const data = new Array<number>(x.data.length);
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      for (let h = 0; h < H; h++) {
        for (const [i, frequency] of frequencies.entries()) {
          const [real, imaginary] = [((b * T + t) * H + h) * D + i, ((b * T + t) * H + h) * D + i + D / 2];
          const [size, angle] = [
            Math.hypot(x.data[real]!, x.data[imaginary]!),
            Math.atan2(x.data[imaginary]!, x.data[real]!),
          ];
          const after = angle + (starts.data[b]! + t) * frequency;
          data[real] = size * Math.cos(after);
          data[imaginary] = size * Math.sin(after);
        }
      }
    }
  }
  return { shape: x.shape, data };
}

/** x (…, C), weight (C), bias (C) → (…, C) */
export function layerNorm(x: Values, weight: Values, bias: Values, epsilon = 1e-5): Values {
  const C = weight.data.length;
  const data: number[] = [];
  for (let at = 0; at < x.data.length; at += C) {
    const row = x.data.slice(at, at + C);
    const mean = sum(row) / C;
    const variance = sum(row.map((v) => (v - mean) ** 2)) / C;
    for (let c = 0; c < C; c++) {
      data.push(((row[c]! - mean) / Math.sqrt(variance + epsilon)) * weight.data[c]! + bias.data[c]!);
    }
  }
  return { shape: x.shape, data };
}

/**
 * qkv (B, T, E), in which stand `heads` queries, then `kvHeads` keys and as many values, each of the two shared by as many
 * queries that follow one another → (B, T, C)
 */
export function causalAttention(qkv: Values, heads: number, mask?: MaskSettings, kvHeads = heads): Values {
  const [B, T, E] = qkv.shape as [number, number, number];
  const D = E / (heads + 2 * kvHeads);
  /** For each head of queries, the vectors of the head that it takes. */
  const part = (headOf: (head: number) => number): Values => {
    const vectors = range(B * T).flatMap((row) =>
      range(heads).map((h) => qkv.data.slice(row * E + headOf(h) * D, row * E + (headOf(h) + 1) * D)),
    );
    return { shape: [B, T, heads * D], data: vectors.flat() };
  };
  const shared = (h: number) => heads + Math.floor((h * kvHeads) / heads);
  const parts = [part((h) => h), part(shared), part((h) => shared(h) + kvHeads)];
  return attention(parts, heads, (_, i) => i + 1, mask);
}

/** q (B, T, C), k and v (B, S, C), each head by head, lengths (B) → (B, T, C) */
export function fullAttention(
  qkv: readonly Values[],
  lengths: Values,
  heads: number,
  mask?: MaskSettings,
): Values {
  return attention(qkv, heads, (b) => lengths.data[b]!, mask);
}

/** Query i of row b sees the first `seen(b, i)` keys. */
function attention(
  [q, k, v]: readonly Values[],
  heads: number,
  seen: (b: number, i: number) => number,
  mask?: MaskSettings,
): Values {
  const [B, T, C] = q!.shape as [number, number, number];
  const S = k!.shape[1]!;
  const D = C / heads;
  const kept = keptFraction([B, heads, T, S], mask);
  const data = new Array<number>(B * T * C).fill(0);
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < heads; h++) {
      const element = ({ shape, data }: Values, t: number, d: number) =>
        data[(b * shape[1]! + t) * C + h * D + d]!;
      for (let i = 0; i < T; i++) {
        const scores: number[] = [];
        for (let j = 0; j < seen(b, i); j++) {
          let dot = 0;
          for (let d = 0; d < D; d++) dot += element(q!, i, d) * element(k!, j, d);
          scores.push(dot / Math.sqrt(D));
        }
        for (const [j, weight] of softmax(scores).entries()) {
          const factor = weight * kept[((b * heads + h) * T + i) * S + j]!;
          for (let d = 0; d < D; d++) data[(b * T + i) * C + h * D + d]! += factor * element(v!, j, d);
        }
      }
    }
  }
  return { shape: [B, T, C], data };
}

/** x (N, C), weight (V, C), bias (V) or none → (N, V) */
export function logits(x: Values, weight: Values, bias: Values | undefined): Values {
  const [N, C] = x.shape as [number, number];
  const V = weight.shape[0]!;
  const data: number[] = [];
  for (let n = 0; n < N; n++) {
    for (let v = 0; v < V; v++) {
      let sum = bias?.data[v] ?? 0;
      for (let c = 0; c < C; c++) sum += x.data[n * C + c]! * weight.data[v * C + c]!;
      data.push(sum);
    }
  }
  return { shape: [N, V], data };
}

/** targets (N), of which negative ones do not count → the mean of −ln p(target), or 0 where none counts */
export function crossEntropy(x: Values, weight: Values, bias: Values | undefined, targets: Values): Values {
  const all = logits(x, weight, bias);
  const V = weight.shape[0]!;
  const losses: number[] = [];
  for (const [n, target] of targets.data.entries()) {
    if (target < 0) continue;
    const row = all.data.slice(n * V, (n + 1) * V);
    const top = Math.max(...row);
    losses.push(top + Math.log(sum(row.map((v) => Math.exp(v - top)))) - row[target]!);
  }
  return { shape: [], data: [sum(losses) / Math.max(1, losses.length)] };
}

export function dropout({ shape, data }: Values, mask: MaskSettings): Values {
  const kept = keptFraction(shape, mask);
  return { shape, data: data.map((v, i) => v * kept[i]!) };
}

export interface RecurrentInputs {
  x: Values;
  input: Values;
  recurrent: Values;
  bias: Values;
  /** Zeros if left out. */
  hidden?: Values;
  cell?: Values;
  /** A GRU's, of its candidate. */
  recurrentBias?: Values;
  /** An LSTM's, if it has any. */
  peepholes?: Values;
}

/** x (B, T, I), input (I, H), recurrent (H, H), bias (H) → outputs (B, T, H), hidden (B, H) */
export function rnn(inputs: RecurrentInputs) {
  return unrolled(inputs, (gates, { hidden }) => ({
    hidden: hidden.map((_, h) => Math.tanh(gates.fromInput[h]! + gates.fromHidden[h]!)),
  }));
}

/** x (B, T, I), input (I, 3H), recurrent (H, 3H), bias (3H), recurrentBias (H) → outputs (B, T, H), hidden (B, H) */
export function gru(inputs: RecurrentInputs) {
  return unrolled(inputs, ({ fromInput, fromHidden }, { hidden }) => {
    const H = hidden.length;
    const next = hidden.map((before, h) => {
      const reset = sigmoid(fromInput[h]! + fromHidden[h]!);
      const update = sigmoid(fromInput[H + h]! + fromHidden[H + h]!);
      const recurrent = fromHidden[2 * H + h]! + inputs.recurrentBias!.data[h]!;
      const candidate = Math.tanh(fromInput[2 * H + h]! + reset * recurrent);
      return (1 - update) * candidate + update * before;
    });
    return { hidden: next };
  });
}

/** x (B, T, I), input (I, 4H), recurrent (H, 4H), bias (4H), peepholes (3H) → outputs (B, T, H), hidden and cell (B, H) */
export function lstm(inputs: RecurrentInputs) {
  const seen = inputs.peepholes?.data;
  return unrolled(inputs, ({ fromInput, fromHidden }, { hidden, cell }) => {
    const H = hidden.length;
    const gate = (number: number, h: number) => fromInput[number * H + h]! + fromHidden[number * H + h]!; // i, f, g, o
    const peephole = (number: number, h: number) => seen?.[number * H + h] ?? 0; // i, f, o
    const cells = cell!.map((c, h) => {
      const [i, f] = [0, 1].map((k) => sigmoid(gate(k, h) + peephole(k, h) * c)) as [number, number];
      return f * c + i * Math.tanh(gate(2, h));
    });
    const next = cells.map((c, h) => sigmoid(gate(3, h) + peephole(2, h) * c) * Math.tanh(c));
    return { hidden: next, cell: cells };
  });
}

interface State {
  hidden: number[];
  cell?: number[];
}

/** Of one text at one step: the parts of the gates that come from the input, with the bias, and from the hidden values. */
interface GateParts {
  fromInput: number[];
  fromHidden: number[];
}

/** Takes each text through its steps; outputs are all hidden values, and the state is the last. */
function unrolled(
  { x, input, recurrent, bias, ...start }: RecurrentInputs,
  step: (gates: GateParts, before: State) => State,
) {
  const [B, T, I] = x.shape as [number, number, number];
  const [H, G] = recurrent.shape as [number, number];
  const startOf = (values: Values | undefined, b: number) =>
    values?.data.slice(b * H, (b + 1) * H) ?? new Array<number>(H).fill(0);
  const outputs: number[] = [];
  const last = { hidden: [] as number[], cell: [] as number[] };
  for (let b = 0; b < B; b++) {
    let state: State = { hidden: startOf(start.hidden, b), cell: startOf(start.cell, b) };
    for (let t = 0; t < T; t++) {
      const at = (b * T + t) * I;
      const fromInput = bias.data.map((offset, g) =>
        range(I).reduce((sum, i) => sum + x.data[at + i]! * input.data[i * G + g]!, offset),
      );
      const { hidden } = state;
      const fromHidden = bias.data.map((_, g) =>
        range(H).reduce((sum, h) => sum + hidden[h]! * recurrent.data[h * G + g]!, 0),
      );
      state = step({ fromInput, fromHidden }, state);
      outputs.push(...state.hidden);
    }
    last.hidden.push(...state.hidden);
    last.cell.push(...(state.cell ?? []));
  }
  return {
    outputs: { shape: [B, T, H], data: outputs },
    hidden: { shape: [B, H], data: last.hidden },
    ...(last.cell.length > 0 && { cell: { shape: [B, H], data: last.cell } }),
  };
}

/** x (B, T, I), weight (K · I, 2H), bias (2H) → (B, T, H); `before` (B, S, I) is what stands before x, zeros if left out. */
export function gatedConv(
  x: Values,
  weight: Values,
  bias: Values,
  dilation: number,
  before?: Values,
): Values {
  const [B, T, I] = x.shape as [number, number, number];
  const [K, G] = [weight.shape[0]! / I, weight.shape[1]!];
  const S = before?.shape[1] ?? 0;
  const input = (b: number, t: number, i: number) => {
    if (t >= 0) return x.data[(b * T + t) * I + i]!;
    return t >= -S ? before!.data[(b * S + S + t) * I + i]! : 0;
  };
  const data: number[] = [];
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++) {
      const sums = bias.data.map((offset, g) => {
        let total = offset;
        for (let k = 0; k < K; k++) {
          const at = t - (K - 1 - k) * dilation;
          for (let i = 0; i < I; i++) total += input(b, at, i) * weight.data[(k * I + i) * G + g]!;
        }
        return total;
      });
      for (let h = 0; h < G / 2; h++) data.push(sums[h]! * sigmoid(sums[G / 2 + h]!));
    }
  }
  return { shape: [B, T, G / 2], data };
}

export function globalNorm(gradients: Values[]): Values {
  return { shape: [], data: [Math.sqrt(sum(gradients.flatMap(({ data }) => data.map((v) => v * v))))] };
}

/** What each element is multiplied by: 0, or 1 / (1 − rate) where its 32 bits are at least rate · 2³². */
function keptFraction(shape: number[], { rate, key }: MaskSettings = { rate: 0, key: [0, 0] }): number[] {
  const words = new Int32Array(2);
  return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => {
    threefry(key[0], key[1], i >> 1, 0, words);
    return words[i & 1]! >>> 0 >= rate * 2 ** 32 ? 1 / (1 - rate) : 0;
  });
}

function softmax(row: number[]): number[] {
  const top = Math.max(...row);
  const powers = row.map((v) => Math.exp(v - top));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function sigmoid(v: number): number {
  return 1 / (1 + Math.exp(-v));
}

function sum(values: number[]): number {
  return values.reduce((total, v) => total + v, 0);
}

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

/** x (…, I), weight (I, O), bias (O), residual (…, O) → (…, O) */
export function linear(x: Values, weight: Values, bias: Values, residual?: Values): Values {
  const [I, O] = weight.shape as [number, number];
  const data: number[] = [];
  for (let at = 0; at < x.data.length; at += I) {
    for (let o = 0; o < O; o++) {
      let sum = bias.data[o]! + (residual?.data[data.length] ?? 0);
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

/** x (…, C), weight (C), bias (C) → (…, C) */
export function layerNorm(x: Values, weight: Values, bias: Values): Values {
  const C = weight.data.length;
  const data: number[] = [];
  for (let at = 0; at < x.data.length; at += C) {
    const row = x.data.slice(at, at + C);
    const mean = sum(row) / C;
    const variance = sum(row.map((v) => (v - mean) ** 2)) / C;
    for (let c = 0; c < C; c++) {
      data.push(((row[c]! - mean) / Math.sqrt(variance + 1e-5)) * weight.data[c]! + bias.data[c]!);
    }
  }
  return { shape: x.shape, data };
}

/** qkv (B, T, 3C), in which q, k and v stand one after another, each head by head → (B, T, C) */
export function causalAttention(qkv: Values, heads: number, mask?: MaskSettings): Values {
  const [B, T, E] = qkv.shape as [number, number, number];
  const C = E / 3;
  const D = C / heads;
  const kept = keptFraction([B, heads, T, T], mask);
  const data = new Array<number>(B * T * C).fill(0);
  for (let b = 0; b < B; b++) {
    for (let h = 0; h < heads; h++) {
      const element = (part: number, t: number, d: number) =>
        qkv.data[(b * T + t) * E + part * C + h * D + d]!;
      for (let i = 0; i < T; i++) {
        const scores: number[] = [];
        for (let j = 0; j <= i; j++) {
          let dot = 0;
          for (let d = 0; d < D; d++) dot += element(0, i, d) * element(1, j, d);
          scores.push(dot / Math.sqrt(D));
        }
        for (const [j, weight] of softmax(scores).entries()) {
          const factor = weight * kept[((b * heads + h) * T + i) * T + j]!;
          for (let d = 0; d < D; d++) data[(b * T + i) * C + h * D + d]! += factor * element(2, j, d);
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

export interface LstmInputs {
  x: Values;
  input: Values;
  recurrent: Values;
  bias: Values;
  /** Zeros if left out. */
  hidden?: Values;
  cell?: Values;
}

/** x (B, T, I), input (I, 4H), recurrent (H, 4H), bias (4H) → outputs (B, T, H), hidden and cell (B, H) */
export function lstm({ x, input, recurrent, bias, ...start }: LstmInputs) {
  const [B, T, I] = x.shape as [number, number, number];
  const H = recurrent.shape[0]!;
  const outputs: number[] = [];
  const last = { hidden: [] as number[], cell: [] as number[] };
  for (let b = 0; b < B; b++) {
    let hidden = start.hidden?.data.slice(b * H, (b + 1) * H) ?? new Array<number>(H).fill(0);
    let cell = start.cell?.data.slice(b * H, (b + 1) * H) ?? new Array<number>(H).fill(0);
    for (let t = 0; t < T; t++) {
      const gates = bias.data.map((sum, g) => {
        for (let i = 0; i < I; i++) sum += x.data[(b * T + t) * I + i]! * input.data[i * 4 * H + g]!;
        for (let h = 0; h < H; h++) sum += hidden[h]! * recurrent.data[h * 4 * H + g]!;
        return sum;
      });
      const gate = (number: number, h: number) => gates[number * H + h]!; // input, forget, cell, output
      cell = cell.map((c, h) => sigmoid(gate(1, h)) * c + sigmoid(gate(0, h)) * Math.tanh(gate(2, h)));
      hidden = cell.map((c, h) => sigmoid(gate(3, h)) * Math.tanh(c));
      outputs.push(...hidden);
    }
    last.hidden.push(...hidden);
    last.cell.push(...cell);
  }
  return {
    outputs: { shape: [B, T, H], data: outputs },
    hidden: { shape: [B, H], data: last.hidden },
    cell: { shape: [B, H], data: last.cell },
  };
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

function sigmoid(v: number): number {
  return 1 / (1 + Math.exp(-v));
}

function sum(values: number[]): number {
  return values.reduce((total, v) => total + v, 0);
}

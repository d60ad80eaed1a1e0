// Batch-invariant ops on plain and native, its lower CPU targets too: a row gets the same bits whatever rows are beside it, and the right ones. Sizes
// are such that sums are cut in parts and are not, and end within a vector, a panel and a tile.
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { holdWeightsAsBf16, startBackend } from '../../src/backends/index.ts';
import { batchInvariant, gatedConvFrom, linear, logits } from '../../src/ops/index.ts';
import { nearestBf16 } from '../backends/bf16.ts';
import { LOWER_TARGETS, startTarget } from '../backends/native/lower-targets.ts';
import { ENGINES } from '../on-backends.ts';
import { normal } from './op-case.ts';
import { RECURRENT_KINDS, type RecurrentKind, recurrentFrom } from './recurrent-cases.ts';
import * as reference from './reference.ts';

const ROWS = [1, 2, 3, 6, 7, 8, 17];
const MOST = 17;

interface Product {
  name: string;
  /** Of one row. */
  inputs: number;
  /** Matrices can be held as bfloat16. */
  weights: Record<string, reference.Values>;
  run(x: tf.Tensor2D, weights: Record<string, tf.Tensor>): tf.Tensor;
  expected(x: reference.Values, weights: Record<string, reference.Values>): reference.Values;
}

function linearOf(I: number, O: number, after: 'gelu' | 'residual', biased = true): Product {
  return {
    name: `linear of ${I} to ${O}, ${after}${biased ? '' : ', no bias'}`,
    inputs: after === 'residual' ? I + O : I,
    weights: {
      weight: normal(`${I}`, [I, O], 1 / Math.sqrt(I)),
      ...(biased && { bias: normal(`${O}`, [O]) }),
    },
    run: (all, { weight, bias }) => {
      const residual = after === 'residual' ? all.slice([0, I]) : undefined;
      const options = residual ? { residual } : { activation: 'gelu' as const };
      return linear(
        all.slice([0, 0], [-1, I]),
        weight as tf.Tensor2D,
        bias as tf.Tensor1D | undefined,
        options,
      );
    },
    expected: (all, { weight, bias }) => {
      const residual = after === 'residual' ? columns(all, I, I + O) : undefined;
      const y = reference.linear(columns(all, 0, I), weight!, bias, residual);
      return after === 'gelu' ? reference.gelu(y) : y;
    },
  };
}

function logitsOf(C: number, V: number): Product {
  return {
    name: `logits of ${C} over ${V}`,
    inputs: C,
    weights: { weight: normal(`${C}`, [V, C], 1 / Math.sqrt(C)), bias: normal(`${V}`, [V]) },
    run: (x, { weight, bias }) => logits(x, weight as tf.Tensor2D, bias as tf.Tensor1D),
    expected: (x, { weight, bias }) => reference.logits(x, weight!, bias),
  };
}

/** One step; a row is its input and its state. */
function stepOf(kind: RecurrentKind, H: number): Product {
  const { inputs, run, reference } = recurrentFrom(kind, { B: MOST, T: 1, I: H, H });
  const { x: _, ...rest } = inputs;
  const states: string[] = ['hidden', 'cell'].filter((key) => key in rest);
  const weights = Object.fromEntries(Object.entries(rest).filter(([key]) => !states.includes(key)));
  return {
    name: `a step of ${kind}, ${H} units`,
    inputs: (1 + states.length) * H,
    weights,
    run: (all, weights) => {
      const [x, ...parts] = tf.split(all, 1 + states.length, 1);
      const state = Object.fromEntries(states.map((key, i) => [key, parts[i]!]));
      const { outputs, ...after } = run({ x: x!.expandDims(1), ...weights, ...state });
      return tf.concat([outputs!.squeeze<tf.Tensor2D>([1]), ...(Object.values(after) as tf.Tensor2D[])], 1);
    },
    expected: (all, weights) => {
      const [B] = all.shape as [number];
      const x = { ...columns(all, 0, H), shape: [B, 1, H] };
      const state = states.map((key, i) => [key, columns(all, (1 + i) * H, (2 + i) * H)]);
      const after = Object.values(reference({ x, ...weights, ...Object.fromEntries(state) }));
      const rows = Array.from({ length: B }, (_, b) =>
        after.flatMap(({ data }) => data.slice(b * H, (b + 1) * H)),
      );
      return { shape: [B, after.length * H], data: rows.flat() };
    },
  };
}

/** One step of a convolution; a row is the inputs that its taps see. */
function convOf(I: number, H: number): Product {
  const [K, dilation] = [3, 2];
  const split = ([rows]: number[]) => ({
    state: [rows!, (K - 1) * dilation, I] as [number, number, number],
    x: [rows!, 1, I] as [number, number, number],
  });
  const before = (K - 1) * dilation * I;
  return {
    name: `a step of gatedConv of ${I} to ${H}`,
    inputs: before + I,
    weights: {
      weight: normal(`${I} conv`, [K * I, 2 * H], 1 / Math.sqrt(K * I)),
      bias: normal(`${H} conv`, [2 * H]),
    },
    run: (all, { weight, bias }) => {
      const weights = { weight: weight as tf.Tensor2D, bias: bias as tf.Tensor1D };
      const shapes = split(all.shape);
      const state = { inputs: all.slice([0, 0], [-1, before]).reshape<tf.Tensor3D>(shapes.state) };
      const x = all.slice([0, before]).reshape<tf.Tensor3D>(shapes.x);
      return gatedConvFrom(x, weights, dilation, state).outputs.squeeze([1]);
    },
    expected: (all, { weight, bias }) => {
      const shapes = split(all.shape);
      const x = { ...columns(all, before, before + I), shape: shapes.x };
      const inputs = { ...columns(all, 0, before), shape: shapes.state };
      const y = reference.gatedConv(x, weight!, bias!, dilation, inputs);
      return { ...y, shape: [all.shape[0]!, H] };
    },
  };
}

const PRODUCTS = [
  linearOf(13, 31, 'gelu'),
  linearOf(67, 1031, 'residual'),
  linearOf(131, 300, 'gelu'),
  linearOf(256, 128, 'residual'),
  linearOf(67, 133, 'gelu', false),
  linearOf(131, 300, 'residual', false),
  logitsOf(5, 7),
  logitsOf(67, 133),
  logitsOf(200, 1000),
  ...RECURRENT_KINDS.flatMap((kind) => [stepOf(kind, 17), stepOf(kind, 96)]),
  convOf(7, 17),
  convOf(40, 96),
];

const engines = [
  ...ENGINES.map(({ name, backend, precision }) => ({
    name,
    start: () => startBackend(backend, { precision }),
  })),
  ...LOWER_TARGETS.map((target) => ({ name: `native ${target}`, start: () => startTarget(target) })),
];
/** Those of a lower target are held so in decoding alone (test/backends/native/targets.test.ts). */
const holding = ENGINES.filter(({ backend }) => backend === 'native').map(({ name }) => name);

describe.each(engines)('$name', ({ name: engine, start }) => {
  beforeAll(async () => {
    await start();
  });

  describe.each(PRODUCTS)('$name', ({ name, inputs, weights, run, expected }) => {
    it.each(holding.includes(engine) ? ['float32', 'bfloat16'] : ['float32'])(
      'with weights in %s',
      (held) => {
        const x = normal(`${name} x`, [MOST, inputs]);
        const rounded = held === 'float32' ? weights : mapMatrices(weights);
        const tensors = Object.fromEntries(
          Object.entries(rounded).map(([key, { data, shape }]) => [key, tf.variable(tf.tensor(data, shape))]),
        );
        if (held === 'bfloat16') holdWeightsAsBf16(Object.values(tensors));
        const rowsFrom = (first: number, count: number) =>
          tf.tidy(() => {
            const some = tf.tensor2d(x.data, [MOST, inputs]).slice([first], [count]);
            return batchInvariant(() => run(some, tensors)).dataSync();
          });
        const alone = Array.from({ length: MOST }, (_, row) => rowsFrom(row, 1));
        const right = expected(x, rounded);
        expect(alone.flatMap((row) => [...row])).toAgree(right.data, 'op');
        for (const count of ROWS) {
          const first = MOST - count;
          const together = rowsFrom(first, count);
          const size = together.length / count;
          for (let row = 0; row < count; row++) {
            const own = together.slice(row * size, (row + 1) * size);
            expect(own, `row ${row} of ${count}`).toEqual(alone[first + row]);
          }
        }
        tf.dispose(tensors);
      },
    );
  });
});

function mapMatrices(weights: Record<string, reference.Values>): Record<string, reference.Values> {
  return Object.fromEntries(
    Object.entries(weights).map(([key, { shape, data }]) => [
      key,
      { shape, data: shape.length === 2 ? data.map(nearestBf16) : data },
    ]),
  );
}

function columns({ shape, data }: reference.Values, from: number, to: number): reference.Values {
  const [rows, width] = shape as [number, number];
  const picked = Array.from({ length: rows }, (_, r) => data.slice(r * width + from, r * width + to));
  return { shape: [rows, to - from], data: picked.flat() };
}

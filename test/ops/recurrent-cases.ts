// A case of each kind of recurrent layer, given its sizes: over a whole sequence, or from a given state.
import type * as tf from '#tfjs';
import * as ops from '../../src/ops/index.ts';
import { nearestBf16 } from '../backends/bf16.ts';
import { type Arrays, normal, type OpCase, type Tensors } from './op-case.ts';
import * as reference from './reference.ts';

interface Kind {
  op: string;
  /** Pre-activations of a unit. */
  gates: number;
  /** Further vectors, each so many times as long as there are units. */
  vectors: Record<string, number>;
  /** What is carried beside the hidden values. */
  carried: string[];
  run(x: tf.Tensor3D, weights: Tensors): tf.Tensor;
  runFrom(x: tf.Tensor3D, weights: Tensors, state: Tensors): { outputs: tf.Tensor; state: Tensors };
  reference(inputs: reference.RecurrentInputs): Arrays;
}

const lstm: Kind = {
  op: 'lstm',
  gates: 4,
  vectors: {},
  carried: ['cell'],
  run: (x, weights) => ops.lstm(x, weights as unknown as ops.LstmWeights),
  runFrom: (x, weights, state) =>
    ops.lstmFrom(x, weights as unknown as ops.LstmWeights, state as ops.LstmState),
  reference: reference.lstm,
};

export const RECURRENT = {
  rnn: {
    op: 'rnn',
    gates: 1,
    vectors: {},
    carried: [],
    run: (x, weights) => ops.rnn(x, weights as unknown as ops.RecurrentWeights),
    runFrom: (x, weights, state) =>
      ops.rnnFrom(x, weights as unknown as ops.RecurrentWeights, state as ops.RecurrentState),
    reference: reference.rnn,
  },
  gru: {
    op: 'gru',
    gates: 3,
    vectors: { recurrentBias: 1 },
    carried: [],
    run: (x, weights) => ops.gru(x, weights as unknown as ops.GruWeights),
    runFrom: (x, weights, state) =>
      ops.gruFrom(x, weights as unknown as ops.GruWeights, state as ops.RecurrentState),
    reference: reference.gru,
  },
  lstm,
  'lstm with peepholes': { ...lstm, vectors: { peepholes: 3 } },
} satisfies Record<string, Kind>;

export type RecurrentKind = keyof typeof RECURRENT;

export const RECURRENT_KINDS = Object.keys(RECURRENT) as RecurrentKind[];

export interface RecurrentSizes {
  B: number;
  T: number;
  I: number;
  H: number;
  /** Gates are about as large. */
  scale?: number;
}

export function recurrent(name: RecurrentKind, sizes: RecurrentSizes): OpCase {
  const { op, run, reference }: Kind = RECURRENT[name];
  const title = titleOf(name, sizes);
  const inputs = inputsOf(name, title, sizes);
  return {
    op,
    name: title,
    inputs,
    constants: {},
    differentiable: Object.keys(inputs),
    run: ({ x, ...weights }) => ({ y: run(x as tf.Tensor3D, weights) }),
    reference: (arrays) => ({ y: reference(arrays as never).outputs! }),
  };
}

export function recurrentFrom(name: RecurrentKind, sizes: RecurrentSizes): OpCase {
  const { op, carried, runFrom, reference }: Kind = RECURRENT[name];
  const title = titleOf(name, sizes);
  const names = ['hidden', ...carried];
  return {
    op: `${op}From`,
    name: title,
    inputs: {
      ...inputsOf(name, title, sizes),
      ...Object.fromEntries(names.map((key) => [key, normal(`${title} ${key}`, [sizes.B, sizes.H])])),
    },
    constants: {},
    differentiable: [],
    run: ({ x, ...given }) => {
      const start = Object.fromEntries(names.map((key) => [key, given[key]!]));
      const weights = Object.fromEntries(Object.entries(given).filter(([key]) => !names.includes(key)));
      const { outputs, state } = runFrom(x as tf.Tensor3D, weights, start);
      return { outputs, ...state };
    },
    reference: (arrays) => {
      const after = reference(arrays as never);
      return Object.fromEntries(['outputs', ...names].map((key) => [key, after[key]!]));
    },
  };
}

function titleOf(name: RecurrentKind, { B, T, I, H, scale = 1 }: RecurrentSizes): string {
  const more = Object.keys(RECURRENT[name].vectors).map((vector) => `, ${vector}`);
  return `B=${B} T=${T} I=${I} H=${H} scale=${scale}${more.join('')}`;
}

function inputsOf(name: RecurrentKind, title: string, { B, T, I, H, scale = 1 }: RecurrentSizes): Arrays {
  const { gates, vectors }: Kind = RECURRENT[name];
  const more = Object.entries(vectors).map(([key, each]) => [key, normal(`${title} ${key}`, [each * H])]);
  // The factors of large sums are such as bfloat16 holds exactly: what is lost in rounding them would be as large as the rest.
  const factor = (values: reference.Values) =>
    scale === 1 ? values : { ...values, data: values.data.map(nearestBf16) };
  return {
    x: factor(normal(`${title} x`, [B, T, I], scale)),
    input: factor(normal(`${title} input`, [I, gates * H], 1 / Math.sqrt(I))),
    recurrent: normal(`${title} recurrent`, [H, gates * H], 1 / Math.sqrt(H)),
    bias: normal(`${title} bias`, [gates * H]),
    ...Object.fromEntries(more),
  };
}

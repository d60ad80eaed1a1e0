// A wrong shape or type is refused with the op's name, what it expected and what came.

import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { startBackend } from '../../src/backends/index.ts';
import * as ops from '../../src/ops/index.ts';
import { composed } from './backends.ts';

beforeAll(() => composed.start());

const zeros = tf.zeros;
const vector = (size: number): tf.Tensor1D => zeros([size]);
const matrix = (rows: number, columns: number): tf.Tensor2D => zeros([rows, columns]);
const cached = (rows: number) => {
  const places = Array.from({ length: rows }, (_, i) => i);
  return { cache: new ops.AttentionCache(), rows: ops.cachedRows(places, places) };
};
const ones = (size: number): tf.Tensor1D => tf.ones([size], 'int32');
const crfWeights = (K: number) => ({ transitions: matrix(K, K), start: vector(K), end: vector(K) });
/** Of an input of three steps. */
const ctcOf = (target: number[]) =>
  ops.ctcLoss(
    cube(1, 3, 4),
    tf.tensor1d([3], 'int32'),
    tf.tensor2d(target, [1, target.length], 'int32'),
    tf.tensor1d([target.length], 'int32'),
    { blank: 0 },
  );
/** Of two heads, which share one of keys. */
const parts = (Q: number, T: number, S: number): ops.PackedHeads => ({
  q: cube(1, T, Q),
  k: cube(1, T, S),
  v: cube(1, T, S),
  heads: 2,
  kvHeads: 1,
});
const cube = (a: number, b: number, c: number): tf.Tensor3D => zeros([a, b, c]);

describe('an op given a wrong', () => {
  it.each<[string, () => unknown, string]>([
    [
      'table for embedding',
      () => ops.embedding(vector(5) as tf.Tensor as tf.Tensor2D, zeros([2], 'int32')),
      'embedding: expected table of shape (V C), but got (5)',
    ],
    [
      'type of ids for embedding',
      () => ops.embedding(matrix(3, 5), zeros([2])),
      'embedding: expected ids of type int32, but got float32',
    ],
    [
      'x for linear',
      () => ops.linear(matrix(2, 4), matrix(3, 5), vector(5)),
      'linear: expected weight of shape (I O) with I=4, but got (3,5)',
    ],
    [
      'bias for linear',
      () => ops.linear(matrix(2, 3), matrix(3, 5), vector(7)),
      'linear: expected bias of shape (O) with I=3, O=5, but got (7)',
    ],
    [
      'type of x for linear',
      () => ops.linear(zeros([2, 3], 'int32'), matrix(3, 5), vector(5)),
      'linear: expected x of type float32, but got int32',
    ],
    [
      'residual for linear',
      () => ops.linear(matrix(2, 3), matrix(3, 5), vector(5), { residual: matrix(1, 5) }),
      'linear: expected residual of shape (2,5), but got (1,5)',
    ],
    [
      'residual beside an activation for linear',
      () => ops.linear(matrix(2, 3), matrix(3, 5), vector(5), { residual: matrix(2, 5), activation: 'gelu' }),
      'linear: expected a residual or an activation, but got both (gelu)',
    ],
    [
      'weight for layerNorm',
      () => ops.layerNorm(matrix(2, 3), vector(2), vector(3)),
      'layerNorm: expected weight of shape (C) with C=3, but got (2)',
    ],
    [
      'rank for causalAttention',
      () => ops.causalAttention(matrix(2, 6) as tf.Tensor as tf.Tensor3D, 2),
      'causalAttention: expected qkv of shape (B T E), but got (2,6)',
    ],
    [
      'weight for rmsNorm',
      () => ops.rmsNorm(matrix(2, 3), vector(2), 1e-6),
      'rmsNorm: expected weight of shape (C) with C=3, but got (2)',
    ],
    [
      'up for activate',
      () => ops.activate(matrix(2, 3), 'silu', matrix(1, 3)),
      'activate: expected up of shape (2,3), but got (1,3)',
    ],
    [
      'width of heads for packHeads',
      () => ops.packHeads(parts(4, 2, 3)),
      'packHeads: expected 2 heads as wide as 1 of keys, but got 4 and 3',
    ],
    [
      'table for packHeads',
      () => ops.packHeads(parts(4, 2, 2), { rotations: matrix(5, 4) }),
      'packHeads: expected rotations of shape (P,2), but got (5,4)',
    ],
    [
      'number of positions for packHeads',
      () => ops.packHeads(parts(4, 6, 2), { rotations: matrix(5, 2) }),
      'packHeads: expected at most 5 positions, but got 6',
    ],
    [
      'number of starts for packHeads',
      () => ops.packHeads(parts(4, 2, 2), { rotations: matrix(5, 2), starts: ones(2) }),
      'packHeads: expected starts of shape (1), but got (2)',
    ],
    [
      'head for rotary positions',
      () => ops.packHeads(parts(6, 2, 3), { rotations: matrix(5, 3) }),
      'packHeads: expected heads of an even width, but got 3',
    ],
    [
      'number of heads for causalAttention',
      () => ops.causalAttention(cube(1, 2, 9), 2),
      'causalAttention: expected a multiple of 6 (2 + 2 · 2 heads), but got 9',
    ],
    [
      'number of heads of keys for causalAttention',
      () => ops.causalAttention(cube(1, 2, 7), 3, undefined, 2),
      'causalAttention: expected heads to be a multiple of 2 heads of keys, but got 3',
    ],
    [
      'length of values for fullAttention',
      () =>
        ops.fullAttention({ q: cube(1, 2, 4), k: cube(1, 5, 4), v: cube(1, 3, 4) }, zeros([1], 'int32'), 2),
      'fullAttention: expected v of shape (B S C) with B=1, T=2, C=4, S=5, but got (1,3,4)',
    ],
    [
      'number of heads for fullAttention',
      () =>
        ops.fullAttention({ q: cube(1, 2, 3), k: cube(1, 5, 3), v: cube(1, 5, 3) }, zeros([1], 'int32'), 2),
      'fullAttention: expected C to be a multiple of 2 heads, but got 3',
    ],
    [
      'number of heads for cachedAttention',
      () => ops.cachedAttention(cube(1, 2, 9), 2, cached(1)),
      'cachedAttention: expected a multiple of 6 (2 + 2 · 2 heads), but got 9',
    ],
    [
      'number of rows for cachedAttention',
      () => ops.cachedAttention(cube(1, 2, 6), 2, cached(3)),
      'cachedAttention: expected 1 rows of a cache, but got 3',
    ],
    [
      'number of targets for crossEntropy',
      () => ops.crossEntropy(matrix(4, 3), matrix(7, 3), vector(7), zeros([5], 'int32')),
      'crossEntropy: expected targets of shape (N) with N=4, C=3, V=7, but got (5)',
    ],
    [
      'type of targets for crossEntropy',
      () => ops.crossEntropy(matrix(4, 3), matrix(7, 3), undefined, zeros([4])),
      'crossEntropy: expected targets of type int32, but got float32',
    ],
    [
      'number of weights for coveredSoftmax',
      () => ops.coveredSoftmax(zeros([1, 2, 3, 4]), vector(3), zeros([1, 2, 1, 4])),
      'coveredSoftmax: expected weight of shape (H) with B=1, H=2, T=3, S=4, but got (3)',
    ],
    [
      'width of keys for coveredAdditive',
      () =>
        ops.coveredAdditive(
          { queries: cube(1, 2, 3), keys: cube(1, 5, 4) },
          { cover: vector(3), score: matrix(3, 1) },
          zeros([1, 1, 1, 5]),
          zeros([1, 1, 1, 5]),
        ),
      'coveredAdditive: expected keys of shape (B S C) with B=1, T=2, C=3, S=5, but got (1,5,4)',
    ],
    [
      'number of tags for crfLoss',
      () => ops.crfLoss(cube(2, 3, 4), zeros([2, 4], 'int32'), zeros([2], 'int32'), crfWeights(4)),
      'crfLoss: expected tags of shape (B T) with B=2, T=3, K=4, but got (2,4)',
    ],
    [
      'end for crfMarginals',
      () => ops.crfMarginals(cube(2, 3, 4), zeros([2], 'int32'), { ...crfWeights(4), end: vector(5) }),
      'crfMarginals: expected end of shape (K) with B=2, T=3, K=4, but got (5)',
    ],
    [
      'length for crfLoss',
      () => ops.crfLoss(cube(1, 3, 4), zeros([1, 3], 'int32'), tf.tensor1d([4], 'int32'), crfWeights(4)),
      'crfLoss: expected lengths from 0 to 3, but got 4',
    ],
    [
      'tag for crfLoss',
      () => ops.crfLoss(cube(1, 1, 4), tf.tensor2d([[4]], [1, 1], 'int32'), ones(1), crfWeights(4)),
      'crfLoss: expected tags below 4, but got 4',
    ],
    [
      'type of targets for ctcLoss',
      () => ops.ctcLoss(cube(1, 3, 4), ones(1), matrix(1, 2), ones(1), { blank: 0 }),
      'ctcLoss: expected targets of type int32, but got float32',
    ],
    [
      'blank for ctcLoss',
      () => ops.ctcLoss(cube(1, 3, 4), ones(1), zeros([1, 2], 'int32'), ones(1), { blank: 4 }),
      'ctcLoss: expected a blank below 4, but got 4',
    ],
    ['target for ctcLoss', () => ctcOf([1, 4]), 'ctcLoss: expected targets below 4, but got 4'],
    ['target for ctcLoss, the blank', () => ctcOf([1, 0]), 'ctcLoss: expected targets without the blank 0'],
    [
      'length of the input for ctcLoss',
      () => ctcOf([1, 1, 2]),
      'ctcLoss: expected an input of at least 4 steps for target 0, of length 3, but got 3',
    ],
    [
      'width of weight for logits',
      () => ops.logits(matrix(4, 3), matrix(7, 5), undefined),
      'logits: expected weight of shape (V C) with N=4, C=3, V=7, but got (7,5)',
    ],
    [
      'bias for lstm',
      () => ops.lstm(cube(2, 3, 5), { input: matrix(5, 8), recurrent: matrix(2, 8), bias: vector(4) }),
      'lstm: expected bias of shape (G) with B=2, T=3, I=5, H=2, G=8, but got (4)',
    ],
    [
      'number of gates for lstm',
      () => ops.lstm(cube(2, 3, 5), { input: matrix(5, 9), recurrent: matrix(2, 9), bias: vector(9) }),
      'lstm: expected four gates of 2, but got 9',
    ],
    [
      'peepholes for lstm',
      () =>
        ops.lstm(cube(2, 3, 5), {
          ...{ input: matrix(5, 8), recurrent: matrix(2, 8), bias: vector(8), peepholes: vector(8) },
        }),
      'lstm: expected three peepholes of 2, but got 8',
    ],
    [
      'number of gates for rnn',
      () => ops.rnn(cube(2, 3, 5), { input: matrix(5, 3), recurrent: matrix(2, 3), bias: vector(3) }),
      'rnn: expected one gate of 2, but got 3',
    ],
    [
      'hidden state for rnnFrom',
      () =>
        ops.rnnFrom(
          cube(2, 3, 5),
          { input: matrix(5, 2), recurrent: matrix(2, 2), bias: vector(2) },
          { hidden: matrix(2, 3) },
        ),
      'rnnFrom: expected hidden of shape (B H) with B=2, T=3, I=5, H=2, G=2, but got (2,3)',
    ],
    [
      'recurrent bias for gru',
      () =>
        ops.gru(cube(2, 3, 5), {
          ...{ input: matrix(5, 6), recurrent: matrix(2, 6), bias: vector(6), recurrentBias: vector(6) },
        }),
      'gru: expected recurrentBias of shape (H) with B=2, T=3, I=5, H=2, G=6, but got (6)',
    ],
    [
      'hidden state for lstmFrom',
      () =>
        ops.lstmFrom(
          cube(2, 3, 5),
          { input: matrix(5, 8), recurrent: matrix(2, 8), bias: vector(8) },
          { hidden: matrix(1, 2), cell: matrix(2, 2) },
        ),
      'lstmFrom: expected hidden of shape (B H) with B=2, T=3, I=5, H=2, G=8, but got (1,2)',
    ],
    [
      'rows of weight for gatedConv',
      () => ops.gatedConv(cube(2, 3, 5), { weight: matrix(12, 4), bias: vector(4) }, 1),
      'gatedConv: expected 5 rows of the weight for each tap, but got 12 rows',
    ],
    [
      'gates for gatedConv',
      () => ops.gatedConv(cube(2, 3, 5), { weight: matrix(10, 3), bias: vector(3) }, 1),
      'gatedConv: expected a gate for each value, but got 3 columns',
    ],
    [
      'inputs for gatedConvFrom',
      () =>
        ops.gatedConvFrom(cube(2, 3, 5), { weight: matrix(10, 4), bias: vector(4) }, 3, {
          inputs: cube(2, 2, 5),
        }),
      'gatedConvFrom: expected inputs of shape (2,3,5), but got (2,2,5)',
    ],
    [
      'gradient for adamW',
      () => ops.adamW([item([2, 3], [3, 2])], SETTINGS, { loss: tf.scalar(1), norm: tf.scalar(1) }),
      'adamW: expected gradient of type float32 and shape (2,3), but got float32 (3,2)',
    ],
    [
      'a state for sgd that it has not',
      () =>
        ops.sgd(
          [item([2], [2])],
          { ...SETTINGS, momentum: 0.5, nesterov: false },
          { loss: tf.scalar(1), norm: tf.scalar(1) },
        ),
      'sgd: expected momentum of type float32 and shape (2), but got none',
    ],
    [
      'norm for adamW',
      () => ops.adamW([], SETTINGS, { loss: tf.scalar(1), norm: tf.tensor1d([1]) as tf.Tensor as tf.Scalar }),
      'adamW: expected norm of shape (), but got (1)',
    ],
    [
      'type of gradient for globalNorm',
      () => ops.globalNorm([vector(2), zeros([3], 'int32')]),
      'globalNorm: expected gradient 1 of type float32, but got int32',
    ],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

it('an id outside the table is refused on plain', async () => {
  await startBackend('plain');
  for (const id of [-1, 3]) {
    expect(() => ops.embedding(matrix(3, 2), tf.tensor1d([id], 'int32'))).toThrow(
      `embedding: expected ids below 3, but got ${id}`,
    );
  }
});

const SETTINGS = { learningRate: 1, beta1: 0.9, beta2: 0.9, epsilon: 1e-8, step: 1, clip: 0 };

function item(shape: number[], gradientShape: number[]): ops.AdamWItem {
  const variable = () => tf.variable(zeros(shape));
  return {
    parameter: variable(),
    gradient: zeros(gradientShape),
    mean: variable(),
    square: variable(),
    weightDecay: 0,
  };
}

// The table of op cases: every op in awkward sizes (1, odd, prime, larger than a tile) and with extreme values.
// Op tests run it on every backend; of these it knows only what one of them is spared.
import { cachedAttention, causalAttention, fullAttention, packHeads } from './attention-cases.ts';
import {
  activate,
  crossEntropy,
  dropout,
  embedding,
  gatedConv,
  gatedConvFrom,
  gelu,
  geluErf,
  globalNorm,
  layerNorm,
  linear,
  logits,
  rmsNorm,
} from './case-builders.ts';
import { coveredAdditive, coveredSoftmax } from './coverage-cases.ts';
import type { OpCase } from './op-case.ts';
import { RECURRENT_KINDS, recurrent, recurrentFrom } from './recurrent-cases.ts';
import { crfLoss, ctcLoss } from './sequence-cases.ts';
import { adamW, lion, muon, rmsProp, sgd } from './update-cases.ts';

/** Its programs are as long as a head is wide, and 33 is wider than a tile already. */
const UNROLLED = { webgpu: 'a GPU that is a program compiles it for 17 seconds' };

export const CASES: readonly OpCase[] = [
  embedding(1, 1, [1]),
  embedding(2, 3, [67]), // each row many times
  embedding(7, 13, [2, 5]),
  embedding(131, 2, [3, 3]), // most rows never
  embedding(5, 129, [1, 2, 1]),
  embedding(260, 3, [7]),
  embedding(3, 8195, [5]), // few rows a task

  linear([1, 1], 1),
  linear([5], 3),
  linear([7, 13], 31),
  linear([2, 3, 5], 7),
  linear([67, 3], 5),
  linear([2, 131], 3),
  linear([3, 2], 129),
  linear([67, 65], 66),
  linear([1, 1, 1], 1, 'gelu'),
  linear([2, 7, 13], 5, 'gelu'),
  linear([1, 3, 2, 5], 67, 'gelu'),
  linear([3, 7], 5, 'gelu', 30),
  linear([1, 1], 1, 'residual'),
  linear([5], 3, 'residual'),
  linear([2, 7, 13], 31, 'residual'),
  linear([67, 65], 66, 'residual'),
  linear([2, 5], 3, 'none', 1, false),
  linear([7, 13], 67, 'gelu', 1, false),
  linear([67, 3], 5, 'residual', 1, false),

  gelu([1]),
  gelu([7, 131]),
  gelu([2, 3, 5], 80),

  geluErf([1]),
  geluErf([7, 31]),
  geluErf([2, 3, 5], 80),

  activate([1], 'silu', false),
  activate([7, 31], 'silu', true),
  activate([2, 3, 5], 'silu', true, 80),
  activate([131], 'gelu', true),
  activate([3, 7], 'gelu', false),
  activate([7, 31], 'relu2', false),
  activate([2, 3, 5], 'relu2', true),
  activate([1, 16387], 'silu', true), // more than one task

  rmsNorm([1, 1], 1, 1), // with a small epsilon the gradient of an only number would be lost in rounding
  rmsNorm([5]),
  rmsNorm([7, 13]),
  rmsNorm([2, 3, 31]),
  rmsNorm([131, 3]),
  rmsNorm([2, 129]),
  rmsNorm([131, 129]), // more than one task
  rmsNorm([3, 7], 1e-4), // a mean square far below epsilon
  rmsNorm([3, 7], 0),
  rmsNorm([3, 7], 80, 1e-5),

  packHeads({ B: 1, T: 1, heads: 1, kvHeads: 1, D: 1 }, false),
  packHeads({ B: 2, T: 3, heads: 4, kvHeads: 2, D: 5 }, false),
  packHeads({ B: 1, T: 1, heads: 1, kvHeads: 1, D: 2 }, true),
  packHeads({ B: 2, T: 7, heads: 6, kvHeads: 2, D: 6 }, true),
  packHeads({ B: 1, T: 67, heads: 1, kvHeads: 1, D: 34 }, true),
  packHeads({ B: 3, T: 2, heads: 2, kvHeads: 1, D: 4 }, true, [5, 0, 130]),
  packHeads({ B: 1, T: 1, heads: 3, kvHeads: 1, D: 64 }, true, [1023]),
  packHeads({ B: 2, T: 131, heads: 2, kvHeads: 1, D: 66 }, true), // more than one task

  layerNorm([1, 1]),
  layerNorm([5]),
  layerNorm([7, 13]),
  layerNorm([2, 3, 31]),
  layerNorm([131, 3]),
  layerNorm([2, 129]),
  layerNorm([131, 129]), // more than one task
  layerNorm([3, 7], 1e-4), // a variance far below epsilon
  layerNorm([3, 7], 0, 2), // none at all
  layerNorm([3, 7], 80, 8),
  layerNorm([3, 7], 1e-3, 0, 1e-12), // where the usual epsilon would count

  causalAttention({ B: 1, T: 1, heads: 1, D: 1 }),
  causalAttention({ B: 2, T: 1, heads: 2, D: 3 }),
  causalAttention({ B: 2, T: 7, heads: 1, D: 3 }),
  causalAttention({ B: 1, T: 13, heads: 5, D: 1 }),
  causalAttention({ B: 1, T: 67, heads: 1, D: 3 }),
  causalAttention({ B: 1, T: 131, heads: 1, D: 1 }),
  { ...causalAttention({ B: 1, T: 3, heads: 1, D: 67 }), skip: UNROLLED },
  causalAttention({ B: 1, T: 2, heads: 7, D: 1 }),
  causalAttention({ B: 2, T: 7, heads: 2, D: 3, scale: 6 }),
  causalAttention({ B: 1, T: 5, heads: 2, D: 3, rate: 0 }),
  causalAttention({ B: 1, T: 1, heads: 1, D: 1, rate: 0.3 }),
  causalAttention({ B: 1, T: 7, heads: 1, D: 3, rate: 0.3 }), // an odd number of weights
  causalAttention({ B: 2, T: 13, heads: 2, D: 3, rate: 0.3 }),
  causalAttention({ B: 1, T: 67, heads: 1, D: 1, rate: 0.3 }),
  causalAttention({ B: 1, T: 49, heads: 2, D: 33, rate: 0.3 }), // just above a block of queries
  causalAttention({ B: 1, T: 197, heads: 1, D: 1, rate: 0.3 }), // just above a block of keys
  causalAttention({ B: 1, T: 3, heads: 2, kvHeads: 1, D: 3 }),
  causalAttention({ B: 2, T: 13, heads: 6, kvHeads: 2, D: 3 }),
  causalAttention({ B: 2, T: 7, heads: 4, kvHeads: 2, D: 33, rate: 0.3 }),
  causalAttention({ B: 1, T: 67, heads: 3, kvHeads: 1, D: 3, rate: 0.3 }),
  causalAttention({ B: 1, T: 197, heads: 4, kvHeads: 2, D: 1 }), // just above a block of keys

  fullAttention({ T: 1, S: 1, heads: 1, D: 1 }, [1]),
  fullAttention({ T: 7, S: 7, heads: 2, D: 3 }, [7, 7]), // no padding
  fullAttention({ T: 5, S: 13, heads: 3, D: 2 }, [13, 1, 6]), // one row has one key
  fullAttention({ T: 13, S: 3, heads: 1, D: 5 }, [2, 3]),
  fullAttention({ T: 7, S: 131, heads: 1, D: 1 }, [130]), // the mean of so many is near 0: a single one would be all rounding
  { ...fullAttention({ T: 67, S: 2, heads: 1, D: 67 }, [1]), skip: UNROLLED },
  fullAttention({ T: 67, S: 2, heads: 1, D: 3 }, [1]),
  fullAttention({ T: 7, S: 5, heads: 2, D: 3, scale: 6 }, [5, 4]),
  fullAttention({ T: 3, S: 5, heads: 2, D: 2, rate: 0 }, [4]),
  fullAttention({ T: 3, S: 7, heads: 1, D: 3, rate: 0.3 }, [7, 5]), // an odd number of weights
  fullAttention({ T: 13, S: 11, heads: 3, D: 2, rate: 0.3 }, [11, 2]),
  fullAttention({ T: 49, S: 33, heads: 2, D: 33, rate: 0.3 }, [33]), // just above a block of queries
  fullAttention({ T: 2, S: 197, heads: 1, D: 1, rate: 0.3 }, [197, 5]), // just above a block of keys, and far below
  fullAttention({ T: 197, S: 2, heads: 1, D: 2 }, [2]), // just above a task of queries

  cachedAttention({ B: 1, heads: 1, D: 1 }, [1]),
  cachedAttention({ B: 2, heads: 1, D: 3 }, [1, 1, 1]),
  cachedAttention({ B: 1, heads: 3, D: 5 }, [7, 1, 1, 3]),
  cachedAttention({ B: 2, heads: 2, D: 2 }, [67, 1]),
  cachedAttention({ B: 2, heads: 2, D: 35 }, [61, 1, 5, 2, 1]), // room for 64 is not enough
  cachedAttention({ B: 3, heads: 2, D: 5 }, [
    { count: 5, rows: [0] },
    { count: 2, rows: [2] },
    { count: 1, rows: [2, 0] },
    { count: 7, rows: [1] },
    { count: 1, rows: [0, 1, 2] },
    { count: 4, rows: [2] },
    { count: 1, rows: [0] },
  ]), // rows that begin and grow each in its own time

  cachedAttention({ B: 1, heads: 2, kvHeads: 1, D: 3 }, [1, 1]),
  cachedAttention({ B: 2, heads: 6, kvHeads: 2, D: 5 }, [7, 1, 1, 3]),
  cachedAttention({ B: 2, heads: 4, kvHeads: 2, D: 35 }, [61, 1, 5, 2, 1]), // room for 64 is not enough

  crossEntropy({ N: 1, C: 1, V: 1 }),
  crossEntropy({ N: 1, C: 3, V: 2 }),
  crossEntropy({ N: 2, C: 5, V: 1 }),
  crossEntropy({ N: 7, C: 13, V: 31 }),
  crossEntropy({ N: 7, C: 13, V: 31 }, false, 'some'),
  crossEntropy({ N: 67, C: 3, V: 5 }, true, 'some'),
  crossEntropy({ N: 3, C: 67, V: 5 }, false),
  crossEntropy({ N: 3, C: 2, V: 131 }, true, 'some'),
  crossEntropy({ N: 5, C: 3, V: 7 }, true, 'none'),
  crossEntropy({ N: 7, C: 5, V: 13, scale: 40 }, true, 'some'), // logits of ±80
  crossEntropy({ N: 7, C: 5, V: 13, scale: 40 }, false),
  crossEntropy({ N: 259, C: 2, V: 261 }, true, 'some'), // more than one range of tokens and of the vocabulary

  logits({ N: 1, C: 1, V: 1 }, true),
  logits({ N: 3, C: 7, V: 31 }, false),
  logits({ N: 2, C: 5, V: 131 }, true),
  logits({ N: 4, C: 132, V: 33 }, false),
  logits({ N: 1, C: 8, V: 16 }, true),
  logits({ N: 5, C: 12, V: 67 }, true),

  coveredSoftmax({ B: 1, H: 1, T: 1, S: 1 }),
  coveredSoftmax({ B: 2, H: 3, T: 5, S: 7 }),
  coveredSoftmax({ B: 1, H: 2, T: 13, S: 33 }),
  coveredSoftmax({ B: 3, H: 1, T: 2, S: 131 }),
  coveredSoftmax({ B: 2, H: 2, T: 3, S: 5, scale: 20 }), // nearly all the weight in one place
  coveredAdditive({ T: 1, S: 1, C: 1 }, [1]),
  coveredAdditive({ T: 7, S: 5, C: 3 }, [5, 1]),
  coveredAdditive({ T: 3, S: 13, C: 17 }, [13, 6, 2]),
  coveredAdditive({ T: 5, S: 2, C: 33 }, [2]),
  coveredAdditive({ T: 3, S: 5, C: 2, scale: 3 }, [4]), // where tanh is flat

  crfLoss({ T: 1, K: 1, lengths: [1] }),
  crfLoss({ T: 1, K: 3, lengths: [1, 0, 1] }), // a row without steps
  crfLoss({ T: 3, K: 1, lengths: [3] }),
  crfLoss({ T: 7, K: 3, lengths: [7] }),
  crfLoss({ T: 5, K: 2, lengths: [0, 0] }),
  crfLoss({ T: 13, K: 7, lengths: [5, 13, 1, 2, 12] }),
  crfLoss({ T: 3, K: 33, lengths: [3, 2] }),
  crfLoss({ T: 2, K: 5, lengths: Array.from({ length: 67 }, (_, b) => b % 3) }), // more rows than tasks
  crfLoss({ T: 7, K: 5, lengths: [7, 4], scale: 30 }), // one sequence has nearly all the probability

  ctcLoss({ T: 1, V: 2, rows: [[1, [1]]] }),
  ctcLoss({ T: 3, V: 1, rows: [[3, []]] }), // nothing but blanks
  ctcLoss({ T: 5, V: 3, rows: [[5, [1, 2]]] }),
  ctcLoss({ T: 3, V: 3, rows: [[3, [2, 2]]] }), // as long as a repeat needs
  ctcLoss({ T: 7, V: 5, blank: 2, rows: [[7, [0, 1, 1, 4]], [4, [3]], [5, []], [0, []]] }), // biome-ignore format: one line for a case
  ctcLoss({
    T: 13,
    V: 67,
    rows: [
      [13, [5, 5, 5, 66, 1]],
      [11, [1, 2, 1, 2, 1, 2]],
    ],
  }),
  ctcLoss({ T: 31, V: 3, rows: [[31, Array.from({ length: 17 }, (_, i) => 1 + (i % 2))]] }),
  ctcLoss({
    T: 7,
    V: 5,
    scale: 30,
    rows: [
      [7, [1, 3]],
      [6, [2, 2]],
    ],
  }),

  dropout([1], 0.3),
  dropout([7], 0),
  dropout([2, 3, 5], 0.3),
  dropout([131], 0.3),
  dropout([4, 13], 0.9),
  dropout([16387], 0.3),

  gatedConv({ B: 1, T: 1, I: 1, H: 1, K: 1, dilation: 1 }),
  gatedConv({ B: 2, T: 1, I: 3, H: 5, K: 3, dilation: 2 }), // only the newest tap sees anything
  gatedConv({ B: 1, T: 13, I: 2, H: 3, K: 2, dilation: 1 }),
  gatedConv({ B: 3, T: 7, I: 5, H: 4, K: 3, dilation: 2 }),
  gatedConv({ B: 2, T: 7, I: 3, H: 2, K: 4, dilation: 3 }), // the oldest tap sees nothing
  gatedConv({ B: 2, T: 5, I: 2, H: 3, K: 2, dilation: 5 }),
  gatedConv({ B: 2, T: 3, I: 67, H: 3, K: 2, dilation: 1 }),
  gatedConv({ B: 13, T: 11, I: 3, H: 31, K: 5, dilation: 1 }),
  gatedConv({ B: 5, T: 29, I: 17, H: 33, K: 3, dilation: 8 }), // by tiles of four outputs, where there are such
  gatedConv({ B: 2, T: 5, I: 3, H: 3, K: 3, dilation: 1, scale: 30 }), // saturated gates
  gatedConvFrom({ B: 1, T: 1, I: 1, H: 1, K: 2, dilation: 1 }),
  gatedConvFrom({ B: 3, T: 1, I: 5, H: 7, K: 3, dilation: 4 }),
  gatedConvFrom({ B: 2, T: 5, I: 7, H: 3, K: 3, dilation: 2 }),
  gatedConvFrom({ B: 2, T: 13, I: 3, H: 5, K: 2, dilation: 3 }), // more steps than are carried

  ...RECURRENT_KINDS.flatMap((kind) => [
    recurrent(kind, { B: 1, T: 1, I: 1, H: 1 }),
    recurrent(kind, { B: 2, T: 1, I: 3, H: 5 }),
    recurrent(kind, { B: 1, T: 13, I: 2, H: 3 }),
    recurrent(kind, { B: 3, T: 7, I: 5, H: 4 }),
    recurrent(kind, { B: 2, T: 3, I: 67, H: 3 }),
    recurrent(kind, { B: 2, T: 3, I: 2, H: 31 }),
    recurrent(kind, { B: 67, T: 2, I: 2, H: 5 }),
    recurrent(kind, { B: 1, T: 67, I: 1, H: 2 }),
    // More than a block of units, more than a tile of rows.
    recurrent(kind, { B: 13, T: 3, I: 3, H: 17 }),
    recurrent(kind, { B: 20, T: 2, I: 5, H: 33 }),
    recurrent(kind, { B: 2, T: 5, I: 3, H: 3, scale: 10 }), // saturated gates

    recurrentFrom(kind, { B: 1, T: 1, I: 1, H: 1 }),
    recurrentFrom(kind, { B: 3, T: 1, I: 2, H: 7 }),
    recurrentFrom(kind, { B: 2, T: 5, I: 7, H: 3 }),
    recurrentFrom(kind, { B: 67, T: 2, I: 3, H: 17 }),
    recurrentFrom(kind, { B: 2, T: 3, I: 5, H: 33 }), // a few rows and steps
    recurrentFrom(kind, { B: 13, T: 1, I: 17, H: 31 }),
    recurrentFrom(kind, { B: 2, T: 5, I: 3, H: 3, scale: 30 }),
  ]),

  adamW([[1]], 1),
  adamW([[7, 13], [31]], 1, { clip: 2, norm: 8 }),
  adamW([[], [3, 1, 2], [131], [5]], 10, { clip: 2, norm: 1.5 }),
  adamW([[3], [16387], [5]], 2),
  adamW([[7, 13], [31]], 1, { loss: Number.NaN }),
  adamW([[7, 13], [31]], 2, { loss: Infinity, clip: 1 }),
  adamW([[7, 13], [31]], 2, { loss: -Infinity }),
  adamW([[7, 13], [31]], 2, { norm: Number.NaN, clip: 1 }),
  adamW([[7, 13], [31]], 2, { norm: Infinity }),
  adamW([[7, 13], [31]], 2, { norm: Infinity, clip: 1 }),
  adamW([[7, 13], [31]], 2, { norm: 3e38, loss: 3e38 }), // all but infinite

  sgd([[7, 13], [31]], { momentum: 0, nesterov: false }, { clip: 2, norm: 8 }),
  sgd([[3], [16387], [5]], { momentum: 0.9, nesterov: false }),
  sgd([[7, 13], [31]], { momentum: 0.9, nesterov: true }, { step: 1, clip: 2, norm: 8 }),
  sgd([[], [3, 1, 2], [131], [5]], { momentum: 0.9, nesterov: true }, { clip: 2, norm: 1.5 }),
  sgd([[7, 13], [31]], { momentum: 0, nesterov: false }, { loss: Number.NaN }),
  sgd([[7, 13], [31]], { momentum: 0.9, nesterov: false }, { norm: Infinity, clip: 1 }),

  rmsProp([[7, 13], [31]], 0, { step: 1, clip: 2, norm: 8 }),
  rmsProp([[3], [16387], [5]], 0),
  rmsProp([[], [3, 1, 2], [131], [5]], 0.9, { clip: 2, norm: 1.5 }),
  rmsProp([[7, 13], [31]], 0, { norm: Number.NaN, clip: 1 }),
  rmsProp([[7, 13], [31]], 0.9, { loss: -Infinity }),

  lion([[1]], { step: 1 }), // and its sign alone
  lion([[7, 13], [31]], { step: 1, clip: 2, norm: 8 }), // some without a direction
  lion([[], [3, 1, 2], [16387], [5]], { clip: 2, norm: 1.5 }),
  lion([[7, 13], [31]], { loss: Infinity, clip: 1 }),
  lion([[7, 13], [31]], { norm: Number.NaN }),

  muon([[1, 1]], 'original', { step: 1 }),
  muon([[7, 13], [13, 7], [5]], 'original', { step: 1, clip: 2, norm: 8 }), // wide, and tall
  muon([[3, 2, 5], [1, 31], [31, 1], [17, 17], [1]], 'match_rms_adamw', { clip: 2, norm: 1.5 }),
  muon([[7, 13], [13, 7], [5]], 'match_rms_adamw', { loss: Infinity, clip: 1 }),
  muon([[7, 13], [13, 7], [5]], 'original', { norm: Number.NaN }),

  globalNorm([[1]]),
  globalNorm([[7, 13], [31], [], [1, 1]]),
  globalNorm([[131], [3, 67]], 1e-3),
  globalNorm([[3], [16387], [0], [5]]),
  globalNorm([[3], [5]], 0),
];

// A case of each loss of whole sequences, given its sizes and the rows' lengths.
import type * as tf from '#tfjs';
import * as ops from '../../src/ops/index.ts';
import { normal, type OpCase, whole } from './op-case.ts';
import * as reference from './sequence-reference.ts';

type Runs = Pick<OpCase, 'run' | 'reference'>;

export const CRF: Runs = {
  run: ({ scores, tags, lengths, ...weights }) => ({
    loss: ops.crfLoss(
      scores as tf.Tensor3D,
      tags as tf.Tensor2D,
      lengths as tf.Tensor1D,
      weights as unknown as ops.CrfWeights,
    ),
  }),
  reference: ({ tags, lengths, ...arrays }) => ({
    loss: reference.crfLoss(arrays as unknown as reference.CrfArrays, tags!, lengths!),
  }),
};

export function ctcWith(blank: number): Runs {
  return {
    run: ({ logits, inputLengths, targets, targetLengths }) => ({
      loss: ops.ctcLoss(
        logits as tf.Tensor3D,
        inputLengths as tf.Tensor1D,
        targets as tf.Tensor2D,
        targetLengths as tf.Tensor1D,
        { blank },
      ),
    }),
    reference: ({ logits, inputLengths, targets, targetLengths }) => ({
      loss: reference.ctcLoss(logits!, inputLengths!, targets!, targetLengths!, blank),
    }),
  };
}

interface CrfSizes {
  T: number;
  K: number;
  lengths: number[];
  scale?: number;
}

/** All weights are about as large as `scale`. */
export function crfLoss({ T, K, lengths, scale = 1 }: CrfSizes): OpCase {
  const B = lengths.length;
  const name = `T=${T} K=${K} lengths ${lengths}, scale ${scale}`;
  const tags = whole(`${name} tags`, [B, T], K);
  return {
    op: 'crfLoss',
    name,
    inputs: {
      scores: normal(`${name} scores`, [B, T, K], scale),
      transitions: normal(`${name} transitions`, [K, K], scale),
      start: normal(`${name} start`, [K], scale),
      end: normal(`${name} end`, [K], scale),
    },
    constants: {
      // Such as no tag could be where there is none.
      tags: { ...tags, data: tags.data.map((tag, at) => (at % T < lengths[Math.floor(at / T)]! ? tag : -7)) },
      lengths: { shape: [B], data: lengths },
    },
    differentiable: ['scores', 'transitions', 'start', 'end'],
    ...CRF,
  };
}

interface CtcSizes {
  T: number;
  V: number;
  blank?: number;
  /** Of each row its input's length and its target. */
  rows: [number, number[]][];
  scale?: number;
}

export function ctcLoss({ T, V, blank = 0, rows, scale = 1 }: CtcSizes): OpCase {
  const B = rows.length;
  const targets = rows.map(([, target]) => target);
  const U = Math.max(1, ...targets.map(({ length }) => length));
  const name = `T=${T} V=${V} blank ${blank}, rows ${JSON.stringify(rows)}, scale ${scale}`;
  return {
    op: 'ctcLoss',
    name,
    inputs: { logits: normal(`${name} logits`, [B, T, V], scale) },
    constants: {
      inputLengths: { shape: [B], data: rows.map(([length]) => length) },
      // Filled up with what could be no target.
      targets: { shape: [B, U], data: targets.flatMap((ids) => [...ids, ...Array(U - ids.length).fill(-7)]) },
      targetLengths: { shape: [B], data: targets.map(({ length }) => length) },
    },
    differentiable: ['logits'],
    ...ctcWith(blank),
  };
}

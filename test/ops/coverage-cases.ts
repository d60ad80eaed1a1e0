// A case of each attention that covers, given its sizes, and both as obvious loops in float64, from See et al.'s equations 10 and 11.
import type * as tf from '#tfjs';
import * as ops from '../../src/ops/index.ts';
import { type Arrays, normal, type OpCase, whole } from './op-case.ts';
import type { Values } from './reference.ts';

interface Sizes {
  T: number;
  S: number;
  scale?: number;
}

/** `before` is what earlier queries have looked at: some, as where a target goes on. */
export function coveredSoftmax({ B, H, T, S, scale = 1 }: Sizes & { B: number; H: number }): OpCase {
  const name = `B=${B} H=${H} T=${T} S=${S}, scale ${scale}`;
  return {
    op: 'coveredSoftmax',
    name,
    inputs: {
      scores: normal(`${name} scores`, [B, H, T, S], scale),
      weight: normal(`${name} weight`, [H], scale),
      before: shares(name, [B, H, 1, S]),
    },
    constants: {},
    differentiable: ['scores', 'weight'],
    run: ({ scores, weight, before }) =>
      named(ops.coveredSoftmax(scores as tf.Tensor4D, weight as tf.Tensor1D, before as tf.Tensor4D)),
    reference: ({ scores, weight, before }) =>
      inOrder(scores!.shape, before!, (row, t, j, seen) => {
        const h = row % H;
        return scores!.data[(row * T + t) * S + j]! + weight!.data[h]! * seen;
      }),
  };
}

/** The first `lengths` of each row's keys are its own. */
export function coveredAdditive({ T, S, C, scale = 1 }: Sizes & { C: number }, lengths: number[]): OpCase {
  const B = lengths.length;
  const name = `T=${T} S=${S} C=${C} lengths ${lengths}, scale ${scale}`;
  return {
    op: 'coveredAdditive',
    name,
    inputs: {
      queries: normal(`${name} queries`, [B, T, C], scale),
      keys: normal(`${name} keys`, [B, S, C], scale),
      cover: normal(`${name} cover`, [C], scale),
      score: normal(`${name} score`, [C, 1], scale),
      mask: {
        shape: [B, 1, 1, S],
        data: lengths.flatMap((length) => Array.from({ length: S }, (_, j) => (j < length ? 0 : -1e9))),
      },
      before: shares(name, [B, 1, 1, S]),
    },
    constants: {},
    differentiable: ['queries', 'keys', 'cover', 'score'],
    run: ({ queries, keys, cover, score, mask, before }) =>
      named(
        ops.coveredAdditive(
          { queries: queries as tf.Tensor3D, keys: keys as tf.Tensor3D },
          { cover: cover as tf.Tensor1D, score: score as tf.Tensor2D },
          mask!,
          before as tf.Tensor4D,
        ),
      ),
    reference: ({ queries, keys, cover, score, mask, before }) =>
      inOrder([B, 1, T, S], before!, (b, t, j, seen) => {
        let total = mask!.data[b * S + j]!;
        for (let c = 0; c < C; c++) {
          const sum = queries!.data[(b * T + t) * C + c]! + keys!.data[(b * S + j) * C + c]!;
          total += score!.data[c]! * Math.tanh(sum + cover!.data[c]! * seen);
        }
        return total;
      }),
  };
}

/** Multiples of 1/8. */
function shares(name: string, shape: number[]): Values {
  const { data } = whole(`${name} before`, shape, 9);
  return { shape, data: data.map((eighths) => eighths / 8) };
}

function named({ weights, seen }: ops.Covered) {
  return { weights, seen };
}

/** scoreOf gives the score of place j for query t of a row, from what the queries before it have looked there. */
function inOrder(
  shape: number[],
  before: Values,
  scoreOf: (row: number, t: number, j: number, seen: number) => number,
): Arrays {
  const [B, H, T, S] = shape as [number, number, number, number];
  const [weights, seen]: [number[], number[]] = [[], []];
  for (let row = 0; row < B * H; row++) {
    let coverage = before.data.slice(row * S, (row + 1) * S);
    for (let t = 0; t < T; t++) {
      const scores = coverage.map((covered, j) => scoreOf(row, t, j, covered));
      const top = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - top));
      const total = powers.reduce((sum, power) => sum + power, 0);
      const own = powers.map((power) => power / total);
      weights.push(...own);
      seen.push(...coverage);
      coverage = coverage.map((covered, j) => covered + own[j]!);
    }
  }
  return { weights: { shape, data: weights }, seen: { shape, data: seen } };
}

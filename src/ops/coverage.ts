// coveredSoftmax: attention weights that know how much those of earlier queries have looked at each place (See et al. 2017): each
// query's softmax of its scores (B, H, T, S), to which weight (H) times the coverage so far is added; before (B, H, 1, S) is the
// coverage that it begins with → weights and the coverage before each query, both (B, H, T, S)
// coveredAdditive: the same of additive attention, whose coverage is a part of the sum under its tanh: queries (B, T, C),
// keys (B, S, C), cover (C), score (C, 1); mask and before (B, 1, 1, S) → both (B, 1, T, S)
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { kernelOr } from './kernel.ts';

export type Covered = {
  /** (B, H, T, S); of each query they add up to 1 */
  weights: tf.Tensor4D;
  /** (B, H, T, S): how much the queries before each one have looked where. */
  seen: tf.Tensor4D;
};

/** `before` has no gradient. Kernel CoveredSoftmax gives both as one array, (2, B, H, T, S), and so does CoveredAdditive. */
export function coveredSoftmax(scores: tf.Tensor4D, weight: tf.Tensor1D, before: tf.Tensor4D): Covered {
  dims('coveredSoftmax', {
    scores: [scores, 'B H T S'],
    weight: [weight, 'H'],
    before: [before, 'B H L S'],
  });
  return parted(() =>
    kernelOr('CoveredSoftmax', { scores, weight }, { before }, {}, () => {
      const own = weight.reshape([1, -1, 1, 1]);
      return inOrder(stepsOf(scores, 2), before, (query, coverage) => query.add(coverage.mul(own)));
    }),
  );
}

export interface AdditiveWeights {
  /** (C), of the coverage in the sum */
  cover: tf.Tensor1D;
  /** (C, 1) */
  score: tf.Tensor2D;
}

/** Neither `mask` nor `before` has a gradient. */
export function coveredAdditive(
  { queries, keys }: { queries: tf.Tensor3D; keys: tf.Tensor3D },
  { cover, score }: AdditiveWeights,
  mask: tf.Tensor,
  before: tf.Tensor4D,
): Covered {
  const { B, S, C } = dims('coveredAdditive', {
    queries: [queries, 'B T C'],
    keys: [keys, 'B S C'],
    cover: [cover, 'C'],
    score: [score, 'C O'],
    mask: [mask, 'B L L S'],
    before: [before, 'B L L S'],
  });
  return parted(() =>
    kernelOr('CoveredAdditive', { queries, keys, cover, score }, { mask, before }, {}, () =>
      inOrder(stepsOf(queries, 1), before, (query, coverage) => {
        const sum = query.add(keys).add(coverage.reshape([B!, S!, 1]).mul(cover)); // (B, S, C)
        const scores = tf.matMul(sum.tanh().reshape([B! * S!, C!]), score); // (B·S, 1)
        return scores.reshape([B!, 1, 1, S!]).add(mask);
      }),
    ),
  );
}

function stepsOf(x: tf.Tensor, axis: number): tf.Tensor[] {
  return x.shape[axis] === 1 ? [x] : tf.split(x, x.shape[axis]!, axis);
}

/** One query after another: scoresOf gives its scores, (B, H, 1, S), from the coverage before it. */
function inOrder(
  queries: readonly tf.Tensor[],
  before: tf.Tensor,
  scoresOf: (query: tf.Tensor, coverage: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const [weights, seen]: [tf.Tensor[], tf.Tensor[]] = [[], [before]];
  for (const [t, query] of queries.entries()) {
    weights.push(tf.softmax(scoresOf(query, seen[t]!)));
    if (t + 1 < queries.length) seen.push(seen[t]!.add(weights[t]!));
  }
  return tf.stack([tf.concat(weights, 2), tf.concat(seen, 2)]);
}

function parted(both: () => tf.Tensor): Covered {
  return tf.tidy(() => {
    const [weights, seen] = tf.split(both(), 2).map((part) => part.squeeze<tf.Tensor4D>([0]));
    return { weights: weights!, seen: seen! };
  });
}

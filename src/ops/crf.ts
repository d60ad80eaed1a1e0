// crfLoss: a linear-chain conditional random field (Lafferty et al. 2001; Lample et al. 2016): −ln p(tags | scores), summed
// over the sequences and divided by the number of their tags, so that it compares with a softmax's mean loss.
// scores (B, T, K), tags (B, T), lengths (B) → scalar. What stands after a row's length has no part in anything.
// A sequence's tags weigh start[first] + Σ scores[t, tag] + Σ transitions[tag, next tag] + end[last].
import * as tf from '#tfjs';
import { dims } from './check.ts';
import { kernelOr } from './kernel.ts';
import { checkIds, checkLengths, counted, forward, IMPOSSIBLE, lastOf, oneHot } from './sequences.ts';

export interface CrfWeights {
  /** (K, K), from each tag to the next. */
  transitions: tf.Tensor2D;
  /** (K) */
  start: tf.Tensor1D;
  /** (K) */
  end: tf.Tensor1D;
}

/** 1 where tags may follow one another, and where a sequence may begin; 0 where not. Forbidden weights have no gradient. */
export interface CrfAllowed {
  /** (K, K), row by row: from each tag to the next. */
  transitions: Uint8Array;
  /** (K) */
  start: Uint8Array;
}

/** The loss of tags that are not allowed is beyond all others, and still a number. */
export function crfLoss(
  scores: tf.Tensor3D,
  tags: tf.Tensor2D,
  lengths: tf.Tensor1D,
  weights: CrfWeights,
  allowed?: CrfAllowed,
): tf.Scalar {
  checkSizes('crfLoss', scores, lengths, weights, { tags: [tags, 'B T', 'int32'] });
  return tf.tidy(() => {
    const possible = allowed ? withoutForbidden(weights, allowed) : inOrder(weights);
    return kernelOr('CrfLoss', { scores, ...possible }, { tags, lengths }, {}, () =>
      compose(scores, tags, lengths, possible),
    );
  });
}

/** The probability of each tag at each step, given the scores: (B, T, K), zeros after a row's length; no gradient. */
export function crfMarginals(
  scores: tf.Tensor3D,
  lengths: tf.Tensor1D,
  weights: CrfWeights,
  allowed?: CrfAllowed,
): tf.Tensor3D {
  const { B, T, K } = checkSizes('crfMarginals', scores, lengths, weights);
  return tf.tidy(() => {
    // Whatever the tags, the gradient of their loss is (marginals − tags) / the number of tags.
    const tags: tf.Tensor2D = tf.zeros([B!, T!], 'int32');
    const loss = (scores: tf.Tensor) => crfLoss(scores as tf.Tensor3D, tags, lengths, weights, allowed);
    const inside = counted(lengths, T!).expandDims(2);
    return tf.grad(loss)(scores).mul(countOf(lengths)).add(oneHot(tags, K!).mul(inside));
  });
}

function checkSizes(
  op: string,
  scores: tf.Tensor3D,
  lengths: tf.Tensor1D,
  { transitions, start, end }: CrfWeights,
  more: Parameters<typeof dims>[1] = {},
) {
  return dims(op, {
    scores: [scores, 'B T K'],
    lengths: [lengths, 'B', 'int32'],
    transitions: [transitions, 'K K'],
    start: [start, 'K'],
    end: [end, 'K'],
    ...more,
  });
}

function inOrder({ transitions, start, end }: CrfWeights): Record<keyof CrfWeights, tf.Tensor> {
  return { transitions, start, end };
}

function withoutForbidden({ transitions, start, end }: CrfWeights, allowed: CrfAllowed) {
  const only = (weights: tf.Tensor, mask: Uint8Array) =>
    tf.where(tf.tensor(mask, weights.shape, 'bool'), weights, IMPOSSIBLE);
  return { transitions: only(transitions, allowed.transitions), start: only(start, allowed.start), end };
}

function countOf(lengths: tf.Tensor1D): tf.Tensor {
  return lengths.sum().cast('float32').maximum(1);
}

function compose(
  scores: tf.Tensor3D,
  tags: tf.Tensor2D,
  lengths: tf.Tensor1D,
  weights: ReturnType<typeof inOrder>,
): tf.Scalar {
  const [, T, K] = scores.shape;
  checkLengths('crfLoss', lengths, T);
  checkIds('crfLoss', 'tags', tags, lengths, K);
  const inside = counted(lengths, T).expandDims(2); // (B, T, 1)
  const given: tf.Tensor3D = tf.where(inside, scores, 0);
  const chosen: tf.Tensor3D = oneHot(tags, K).mul(inside);
  const { transitions, start, end } = weights;
  const advance = (tags: tf.Tensor2D) => tags.expandDims(2).add(transitions).logSumExp(1); // (B, K from, K to) → (B, K)
  const all = forward(given, lengths, { begins: start, advance, ends: end }); // (B)
  return all
    .sum()
    .sub(weightOf(given, chosen, lengths, weights))
    .div(countOf(lengths));
}

/** What the tags of all rows weigh together; chosen (B, T, K) is 1 at each step's tag. */
function weightOf(
  scores: tf.Tensor3D,
  chosen: tf.Tensor3D,
  lengths: tf.Tensor1D,
  { transitions, start, end }: ReturnType<typeof inOrder>,
): tf.Tensor {
  const [B, T, K] = scores.shape;
  const stretch = (from: number) => chosen.slice([0, from, 0], [B, T - 1, K]).reshape([-1, K]);
  const followed = T === 1 ? tf.zeros([K, K]) : tf.matMul(stretch(0), stretch(1), true); // how often, (K, K)
  const first = chosen.slice([0, 0, 0], [B, 1, K]).sum([0, 1]); // (K)
  const last = chosen.mul(lastOf(lengths, T).expandDims(2)).sum([0, 1]); // (K)
  const parts = [chosen.mul(scores), followed.mul(transitions), first.mul(start), last.mul(end)];
  return tf.addN(parts.map((part) => part.sum()));
}

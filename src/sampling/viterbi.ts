// viterbi: the likeliest tags of each sequence under a linear-chain CRF (ops.crfLoss), by dynamic programming.
import type { CrfAllowed } from '../ops/crf.ts';

/** The numbers of ops.CrfWeights. */
export interface CrfNumbers {
  /** (K, K), row by row: from each tag to the next. */
  transitions: ArrayLike<number>;
  /** (K) */
  start: ArrayLike<number>;
  /** (K) */
  end: ArrayLike<number>;
}

/**
 * The likeliest tags that are allowed, one sequence after another: (B, T), −1 after a row's length.
 * @param scores (B, T, K), one row after another.
 */
export function viterbi(
  scores: Float32Array,
  [B, T, K]: readonly [number, number, number],
  lengths: ArrayLike<number>,
  weights: CrfNumbers,
  allowed?: CrfAllowed,
): Int32Array {
  if (scores.length !== B * T * K)
    throw new Error(`viterbi: expected ${B} · ${T} · ${K} scores, but got ${scores.length}`);
  const possible = allowed ? withoutForbidden(weights, allowed) : weights;
  const tags = new Int32Array(B * T).fill(-1);
  for (let b = 0; b < B; b++) {
    const row = scores.subarray(b * T * K, (b * T + lengths[b]!) * K);
    tags.set(bestPath(row, K, possible), b * T);
  }
  return tags;
}

function withoutForbidden({ transitions, start, end }: CrfNumbers, allowed: CrfAllowed): CrfNumbers {
  const only = (weights: ArrayLike<number>, mask: Uint8Array) =>
    Float64Array.from(weights, (weight, i) => (mask[i] ? weight : -Infinity));
  return { transitions: only(transitions, allowed.transitions), start: only(start, allowed.start), end };
}

/** scores (T, K) → T tags */
function bestPath(scores: Float32Array, K: number, { transitions, start, end }: CrfNumbers): number[] {
  const T = scores.length / K;
  if (T === 0) return [];
  const cameFrom = new Int32Array(T * K);
  let best = Float64Array.from({ length: K }, (_, k) => start[k]! + scores[k]!);
  for (let t = 1; t < T; t++) {
    const next = new Float64Array(K);
    for (let to = 0; to < K; to++) {
      let from = 0;
      const worth = (k: number) => best[k]! + transitions[k * K + to]!;
      for (let k = 1; k < K; k++) if (worth(k) > worth(from)) from = k;
      next[to] = worth(from) + scores[t * K + to]!;
      cameFrom[t * K + to] = from;
    }
    best = next;
  }
  const totals = best.map((worth, k) => worth + end[k]!);
  const last = totals.indexOf(Math.max(...totals));
  if (totals[last] === -Infinity) throw new Error(`viterbi: no sequence of ${T} tags is allowed`);
  const path = [last];
  for (let t = T - 1; t > 0; t--) path.push(cameFrom[t * K + path.at(-1)!]!);
  return path.reverse();
}

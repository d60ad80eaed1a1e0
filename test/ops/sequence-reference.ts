// The losses of whole sequences in float64, from the end to the beginning, as the ops do not go: what all ways from a state
// to the end are worth. Written for reading, not for speed; small ones are held to brute force (crf.test.ts, ctc.test.ts).
import type { Values } from './reference.ts';

export interface CrfArrays {
  scores: Values;
  transitions: Values;
  start: Values;
  end: Values;
}

/** scores (B, T, K), transitions (K, K), start (K), end (K), tags (B, T), lengths (B) → Σ −ln p(tags) / Σ lengths */
export function crfLoss(arrays: CrfArrays, tags: Values, lengths: Values): Values {
  const T = arrays.scores.shape[1]!;
  const losses = lengths.data.map((length, b) =>
    length === 0
      ? 0
      : crfLogPartition(arrays, b, length) - crfWeight(arrays, b, tags.data.slice(b * T, b * T + length)),
  );
  return { shape: [], data: [sum(losses) / Math.max(1, sum(lengths.data))] };
}

/** What one sequence of tags weighs in row b. */
export function crfWeight({ scores, transitions, start, end }: CrfArrays, b: number, tags: number[]): number {
  const [, T, K] = scores.shape as [number, number, number];
  const emitted = tags.map((tag, t) => scores.data[(b * T + t) * K + tag]!);
  const followed = tags.slice(1).map((tag, t) => transitions.data[tags[t]! * K + tag]!);
  return start.data[tags[0]!]! + sum(emitted) + sum(followed) + end.data[tags.at(-1)!]!;
}

/** ln Σ exp(weight) over all sequences of so many tags in row b. */
function crfLogPartition({ scores, transitions, start, end }: CrfArrays, b: number, length: number): number {
  const [, T, K] = scores.shape as [number, number, number];
  const score = (t: number, k: number) => scores.data[(b * T + t) * K + k]!;
  let onward = end.data;
  for (let t = length - 1; t > 0; t--) {
    const after = onward.map((worth, k) => worth + score(t, k));
    onward = range(K).map((from) =>
      logSumExp(after.map((worth, k) => transitions.data[from * K + k]! + worth)),
    );
  }
  return logSumExp(onward.map((worth, k) => start.data[k]! + score(0, k) + worth));
}

/** logits (B, T, V), inputLengths (B), targets (B, U), targetLengths (B) → Σ −ln p(target) / Σ max(1, target length) */
export function ctcLoss(
  logits: Values,
  inputLengths: Values,
  targets: Values,
  targetLengths: Values,
  blank: number,
): Values {
  const [, T, V] = logits.shape as [number, number, number];
  const U = targets.shape[1]!;
  const losses = inputLengths.data.map((steps, b) => {
    const logProbs = range(steps).map((t) => {
      const row = logits.data.slice((b * T + t) * V, (b * T + t + 1) * V);
      const all = logSumExp(row);
      return row.map((v) => v - all);
    });
    return -ctcLogProbability(logProbs, targets.data.slice(b * U, b * U + targetLengths.data[b]!), blank);
  });
  return { shape: [], data: [sum(losses) / sum(targetLengths.data.map((length) => Math.max(1, length)))] };
}

/** ln p(target): a sum over all ways to say its ids one after another, each for a step or longer, with blanks between. */
function ctcLogProbability(logProbs: number[][], target: number[], blank: number): number {
  const U = target.length;
  // What is to come is worth, if so many ids of the target were said, the last of them in this very step or not.
  let open = range(U + 1).map((said) => (said === U ? 0 : -Infinity));
  let held = [...open];
  for (const row of logProbs.toReversed()) {
    const next = (said: number) => (said === U ? -Infinity : row[target[said]!]! + held[said + 1]!);
    const rest = (said: number) => row[blank]! + open[said]!;
    const afterHeld = range(U + 1).map((said) => {
      if (said === 0) return -Infinity;
      const repeats = target[said] === target[said - 1];
      return logSumExp([row[target[said - 1]!]! + held[said]!, rest(said), repeats ? -Infinity : next(said)]);
    });
    open = range(U + 1).map((said) => logSumExp([rest(said), next(said)]));
    held = afterHeld;
  }
  return open[0]!;
}

export function logSumExp(values: number[]): number {
  const top = Math.max(...values);
  return top === -Infinity ? top : top + Math.log(sum(values.map((v) => Math.exp(v - top))));
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

export function sum(values: number[]): number {
  return values.reduce((total, v) => total + v, 0);
}

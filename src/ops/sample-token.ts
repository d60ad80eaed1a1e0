// From logits to one token. The order and the rules are those of Hugging Face transformers:
// repetition penalty → temperature → top-k → top-p → min-p → draw. No full sort: cut-offs are found by selection.
import { TsgptError } from '../base/errors.ts';

/** 0 turns topK and minP off; 1 turns topP and repetitionPenalty off. */
export interface TokenOptions {
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
  repetitionPenalty: number;
}

/**
 * logits: (V); −Infinity rules a token out. seen: the tokens of the text so far. uniform: the random number, in [0, 1).
 * Tokens that tie at the top-k cut-off are all kept; at the top-p cut-off, the lower ids.
 */
export function sampleToken(
  logits: Float32Array,
  options: TokenOptions,
  seen: ReadonlySet<number>,
  uniform: number,
): number {
  const scores = new Float64Array(logits);
  penalize(scores, seen, options.repetitionPenalty);
  const best = likeliest(scores);
  if (options.temperature === 0) return best;

  const weights = toWeights(scores, scores[best]!, options.temperature);
  if (options.topK > 0 && options.topK < weights.length) {
    keepAtLeast(
      weights,
      cutoff(weights, options.topK, () => 1),
    );
  }
  if (options.topP < 1) keepNucleus(weights, options.topP);
  keepAtLeast(weights, options.minP); // the likeliest token has weight 1
  return draw(weights, uniform);
}

/** The CTRL paper's rule: whatever the sign of its logit, a seen token becomes less likely (for a penalty above 1). */
function penalize(scores: Float64Array, seen: ReadonlySet<number>, penalty: number): void {
  if (penalty === 1) return;
  for (const id of seen) {
    const score = scores[id];
    if (score !== undefined) scores[id] = score > 0 ? score / penalty : score * penalty;
  }
}

function likeliest(scores: Float64Array): number {
  let best = 0;
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i]!;
    if (!(score < Infinity)) throw notFinite(`token ${i} has ${score}`);
    if (score > scores[best]!) best = i;
  }
  if (!(scores[best]! > -Infinity)) throw notFinite('no token has one');
  return best;
}

function notFinite(got: string): TsgptError {
  return new TsgptError(
    `expected finite logits from the model, but ${got}`,
    'the weights have probably diverged in training: sample an earlier checkpoint, or train with a lower learning rate',
  );
}

/** Probabilities up to a common factor: the likeliest has weight 1. Overwrites the scores. */
function toWeights(scores: Float64Array, max: number, temperature: number): Float64Array {
  for (let i = 0; i < scores.length; i++) scores[i] = Math.exp((scores[i]! - max) / temperature);
  return scores;
}

function keepAtLeast(weights: Float64Array, least: number): void {
  for (let i = 0; i < weights.length; i++) if (weights[i]! < least) weights[i] = 0;
}

/** Keeps the fewest tokens that together have the share p; the token that crosses is kept. */
function keepNucleus(weights: Float64Array, p: number): void {
  const target = p * sum(weights);
  const edge = cutoff(weights, target, (weight) => weight);
  let kept = 0;
  for (const weight of weights) if (weight > edge) kept += weight;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i]! > edge) continue;
    if (weights[i] === edge && kept < target) kept += edge;
    else weights[i] = 0;
  }
}

/** The largest v such that the weights ≥ v, each counted as `size` says, reach the target. Quickselect: O(V) on average. */
function cutoff(weights: Float64Array, target: number, size: (weight: number) => number): number {
  const pool = weights.slice();
  let missing = target;
  let start = 0; // what lies before is larger and already counted
  let end = pool.length;
  while (end - start > 1) {
    const pivot = pool[(start + end) >> 1]!;
    // [start, equal) > pivot, [equal, i) = pivot, [i, smaller) not yet looked at, [smaller, end) < pivot
    let equal = start;
    let smaller = end;
    let above = 0;
    let level = 0;
    for (let i = start; i < smaller; ) {
      const weight = pool[i]!;
      if (weight > pivot) {
        above += size(weight);
        pool[i++] = pool[equal]!;
        pool[equal++] = weight;
      } else if (weight < pivot) {
        pool[i] = pool[--smaller]!;
        pool[smaller] = weight;
      } else {
        level += size(weight);
        i++;
      }
    }
    if (above >= missing) end = equal;
    else if (above + level >= missing || smaller === end) return pivot;
    else {
      missing -= above + level;
      start = smaller;
    }
  }
  return pool[start]!;
}

function sum(weights: Float64Array): number {
  let total = 0;
  for (const weight of weights) total += weight;
  return total;
}

function draw(weights: Float64Array, uniform: number): number {
  const target = uniform * sum(weights);
  let passed = 0;
  let last = 0; // where rounding lets the target reach the sum, the last possible token is drawn
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    passed += weights[i]!;
    last = i;
    if (passed > target) break;
  }
  return last;
}

// How well a model makes targets of sources: the loss of each target after its own beginning, and what the model writes itself
// beside the target.
import * as tf from '#tfjs';
import type { PairModel } from '../../architectures/pair-model.ts';
import type { Pair, Pairs } from '../../data/pairs.ts';
import { corpusBleu } from '../../evaluation/bleu.ts';
import { corpusChrf } from '../../evaluation/chrf.ts';
import { editDistance } from '../../evaluation/edit-distance.ts';
import type { MeasureOptions, Measures } from '../task.ts';
import { paddedPairs } from './batches.ts';
import { searched } from './search.ts';

export interface EvaluatePairsOptions extends MeasureOptions {
  beam?: number | undefined;
  lengthPenalty?: number | undefined;
}

/** The loss is in nats per token of the targets, their ends included. */
export interface PairEvaluation extends Measures {
  perplexity: number;
  /** The share of target tokens that are the likeliest after their target's own beginning. */
  tokenAccuracy: number;
  pairs: number;
  /** The share of targets that the model writes exactly. */
  exactMatch: number;
  /** Edits that make what is written the target, for each token of the targets. */
  editDistance: number;
  /** Absent where no target has the four words that it counts by. */
  bleu?: number;
  chrf: number;
  beam: number;
  lengthPenalty: number;
}

/** Pairs read side by side. */
export const ROWS = 64;

/**
 * Measures how well a model makes targets of sources.
 * @param split The pairs of one split, or any pairs.
 * @param options `maxTokens` reads about so many of the targets' tokens, spread evenly; `beam` and `lengthPenalty` are as
 *   beamSearch has them.
 */
export async function evaluatePairs(
  model: PairModel,
  split: Pairs,
  { tokenizer, maxTokens, onProgress, beam = 1, lengthPenalty = 1 }: EvaluatePairsOptions,
): Promise<PairEvaluation> {
  const pairs = spread(split, maxTokens);
  const { context, end } = model.config;
  const sums = { nats: 0, tokens: 0, right: 0, exact: 0, edits: 0 };
  const total = pairs.reduce((sum, { target }) => sum + target.length + 1, 0);
  const texts: [written: string, wanted: string][] = [];
  for (let at = 0; at < pairs.length; at += ROWS) {
    const rows = pairs.slice(at, at + ROWS);
    const forced = await teacherForced(model, rows);
    sums.nats += forced.nats;
    sums.tokens += forced.tokens;
    sums.right += forced.right;
    const options = { beam, lengthPenalty, maxTokens: context - 1, end };
    const sources = rows.map(({ source }) => source);
    for (const [i, { tokens }] of (await searched(model, sources, options)).entries()) {
      const edits = editDistance(tokens, rows[i]!.target);
      sums.edits += edits;
      if (edits === 0) sums.exact++;
      texts.push([tokenizer.decode(tokens), tokenizer.decode(rows[i]!.target)]);
    }
    onProgress?.(sums.tokens, total);
  }
  const loss = sums.nats / sums.tokens;
  const [hypotheses, references] = [texts.map(([ours]) => ours), texts.map(([, wanted]) => wanted)];
  return {
    loss,
    perplexity: Math.exp(loss),
    tokenAccuracy: sums.right / sums.tokens,
    tokens: sums.tokens,
    pairs: pairs.length,
    exactMatch: sums.exact / pairs.length,
    editDistance: sums.edits / (sums.tokens - pairs.length),
    ...(references.some(hasFourWords) && { bleu: corpusBleu(hypotheses, references) }),
    chrf: corpusChrf(hypotheses, references),
    beam,
    lengthPenalty,
  };
}

function hasFourWords(text: string): boolean {
  return text.trim().split(/\s+/).length >= 4;
}

/** Pairs spread evenly, as many as have about so many tokens of targets; all of them if that is not given. */
export function spread(split: Pairs, maxTokens: number | undefined): Pair[] {
  const pick = (count: number) =>
    Array.from({ length: count }, (_, i) => split.at(Math.floor((i * split.length) / count)));
  if (maxTokens === undefined) return pick(split.length);
  const some = pick(Math.min(ROWS, split.length));
  const tokensOfOne = some.reduce((sum, { target }) => sum + target.length + 1, 0) / some.length;
  return pick(Math.min(split.length, Math.max(1, Math.round(maxTokens / tokensOfOne))));
}

async function teacherForced(model: PairModel, rows: readonly Pair[]) {
  const tokens = rows.reduce((sum, { target }) => sum + target.length + 1, 0);
  const [loss, right] = tf.tidy(() => {
    const padded = paddedPairs(rows, model.config.end);
    const likeliest = model.logits(padded.sources, padded.inputs).argMax(2); // (B, T)
    return [model.loss(padded), likeliest.equal(padded.targets).sum()] as const;
  });
  const [[mean], [count]] = await Promise.all([loss.data(), right.data()]);
  tf.dispose([loss, right]);
  return { nats: mean! * tokens, tokens, right: count! };
}

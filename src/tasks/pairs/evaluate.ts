// How well a model makes targets of sources: the loss of each target after its own beginning, and what the model writes itself
// beside the target.
import * as tf from '#tfjs';
import type { PairModel } from '../../architectures/pair-model.ts';
import { evenlySpaced } from '../../base/evenly-spaced.ts';
import type { Pair, Pairs } from '../../data/pairs.ts';
import { corpusBleu } from '../../evaluation/bleu.ts';
import { corpusChrf } from '../../evaluation/chrf.ts';
import { editDistance } from '../../evaluation/edit-distance.ts';
import { rowsAtOnce } from '../rows.ts';
import type { MeasureOptions, Measures } from '../task.ts';
import { checkLengths, paddedPairs } from './batches.ts';
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

/** Pairs read side by side at the most. */
export const MOST_ROWS = 64;

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
  checkLengths(split, context);
  const sums = { nats: 0, tokens: 0, right: 0, exact: 0, edits: 0 };
  const total = pairs.reduce((sum, { target }) => sum + target.length + 1, 0);
  const texts: [written: string, wanted: string][] = [];
  const together = rowsAtOnce(model.config, MOST_ROWS);
  for (let at = 0; at < pairs.length; at += together) {
    const rows = pairs.slice(at, at + together);
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
  const pick = (count: number) => evenlySpaced(split.length, count).map((i) => split.at(i));
  if (maxTokens === undefined) return pick(split.length);
  const some = pick(MOST_ROWS);
  const tokensOfOne = some.reduce((sum, { target }) => sum + target.length + 1, 0) / some.length;
  return pick(Math.max(1, Math.round(maxTokens / tokensOfOne)));
}

async function teacherForced(model: PairModel, rows: readonly Pair[]) {
  const tokens = rows.reduce((sum, { target }) => sum + target.length + 1, 0);
  const measures = tf.tidy(() => {
    const { sources, inputs, targets } = paddedPairs(rows, model.config.end);
    const logits = model.logits(sources, inputs); // (B, T, V)
    const ofTargets = logits.mul(tf.oneHot(targets, model.config.vocabSize)).sum(2);
    const nats = logits.logSumExp(2).sub(ofTargets).mul(targets.greaterEqual(0));
    return tf.stack([nats.sum(), logits.argMax(2).equal(targets).sum().toFloat()]);
  });
  const [nats, right] = await measures.data();
  measures.dispose();
  return { nats: nats!, tokens, right: right! };
}

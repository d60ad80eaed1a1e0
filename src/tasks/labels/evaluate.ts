// How well a model labels sources: the loss of the labels, and those that it finds beside them.
import * as tf from '#tfjs';
import { bioLabels, forbiddenAt } from '../../architectures/bio.ts';
import type { LabelModel } from '../../architectures/label-model.ts';
import type { Pair, Pairs } from '../../data/pairs.ts';
import { editDistance } from '../../evaluation/edit-distance.ts';
import { f1Of, spanCounts } from '../../evaluation/spans.ts';
import { paddedTexts } from '../padded.ts';
import { MOST_ROWS, spread } from '../pairs/evaluate.ts';
import { rowsAtOnce } from '../rows.ts';
import type { MeasureOptions, Measures } from '../task.ts';
import { checkPair, checkSources, tokensOf } from './batches.ts';
import { labelsOf } from './decode.ts';

export interface EvaluateLabelsOptions extends MeasureOptions {
  beam?: number | undefined;
}

/** The loss is in nats per label. */
export interface LabelEvaluation extends Measures {
  pairs: number;
  /** The share of targets that are found exactly. */
  exactMatch: number;
  /** Edits that make what is found the target, for each label of the targets. */
  editDistance: number;
  /** The share of labels that are right; absent where there is not one for each token. */
  tokenAccuracy?: number;
  /** Of BIO labels: the share of what is found that breaks their rule. */
  brokenRule?: number;
  /** Of BIO labels: F1 of exact spans. */
  spanF1?: number;
  beam: number;
}

/**
 * Measures how well a model labels sources.
 * @param split The pairs of one split, or any pairs.
 * @param options `maxTokens` reads about so many of the labels, spread evenly; `beam` is that of CTC's prefix beam search.
 */
export async function evaluateLabels(
  model: LabelModel,
  split: Pairs,
  { maxTokens, onProgress, beam = 1 }: EvaluateLabelsOptions,
): Promise<LabelEvaluation> {
  checkSources(split, model.config.context);
  const pairs = spread(split, maxTokens);
  const total = tokensOf(pairs, 'target');
  const found: number[][] = [];
  let nats = 0;
  const together = rowsAtOnce(model.config, MOST_ROWS);
  for (let at = 0; at < pairs.length; at += together) {
    const rows = pairs.slice(at, at + together);
    for (const [i, pair] of rows.entries()) checkPair(pair, `pair ${at + i + 1} of those measured`, model);
    nats += await natsOf(model, rows);
    found.push(
      ...(await labelsOf(
        model,
        rows.map(({ source }) => source),
        beam,
      )),
    );
    onProgress?.(tokensOf(pairs.slice(0, found.length), 'target'), total);
  }
  const targets = pairs.map(({ target }) => target);
  const edits = targets.map((target, i) => editDistance(found[i]!, target));
  return {
    loss: nats / total,
    tokens: total,
    pairs: pairs.length,
    exactMatch: shareOf(edits, (edit) => edit === 0),
    editDistance: edits.reduce((sum, edit) => sum + edit, 0) / total,
    ...(model.blank === undefined && { tokenAccuracy: rightOf(found, targets) / total }),
    ...ruleMeasures(model, found, targets),
    beam,
  };
}

async function natsOf(model: LabelModel, rows: readonly Pair[]): Promise<number> {
  const loss = tf.tidy(() => {
    const [sources, targets] = paddedPair(rows);
    return model.loss(sources, targets);
  });
  const [mean] = await loss.data();
  loss.dispose();
  return mean! * tokensOf(rows, 'target');
}

export function paddedPair(rows: readonly Pair[]) {
  return [
    paddedTexts(rows.map(({ source }) => source)),
    paddedTexts(rows.map(({ target }) => target)),
  ] as const;
}

function ruleMeasures(
  { allowed, config: { labels } }: LabelModel,
  found: readonly number[][],
  targets: readonly Int32Array[],
): Pick<LabelEvaluation, 'brokenRule' | 'spanF1'> {
  const bio = bioLabels(labels);
  if (!allowed || !bio) return {};
  return {
    brokenRule: shareOf(found, (ids) => forbiddenAt(ids, allowed) !== undefined),
    spanF1: f1Of(spanCounts(found, targets, bio)),
  };
}

function rightOf(found: readonly number[][], targets: readonly Int32Array[]): number {
  const right = (ids: number[], target: Int32Array) => ids.filter((id, t) => id === target[t]).length;
  return found.reduce((sum, ids, i) => sum + right(ids, targets[i]!), 0);
}

function shareOf<T>(all: readonly T[], counts: (one: T) => boolean): number {
  return all.filter(counts).length / all.length;
}

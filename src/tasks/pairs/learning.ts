// What pairs computes: batches of sources and targets, the loss of each target's tokens, and what is written for a source.
import * as tf from '#tfjs';
import type { PairModel } from '../../architectures/pair-model.ts';
import type { Pairs } from '../../data/pairs.ts';
import { checkAlignment } from '../alignment.ts';
import type { Figure, Learning } from '../task.ts';
import { batchAt, checkLengths, type PairBatch, paddedPairs } from './batches.ts';
import { evaluatePairs, type PairEvaluation } from './evaluate.ts';
import { randomPairs } from './random.ts';
import { attentionOf, writeTarget } from './write.ts';

const WITHOUT_CTC = 'leave it out, or train without CTC: --ctc-weight 0';

export const learning: Learning<PairModel, Pairs, PairBatch, PairEvaluation> = {
  checkSplit(split, context, config) {
    checkLengths(split, context);
    if (!(Number(config.ctcWeight) > 0)) return;
    for (let i = 0; i < split.length; i++)
      checkAlignment(split.at(i), `pair ${i + 1} of ${split.length}`, WITHOUT_CTC);
  },
  batchAt,
  loss(model, { pairs }, options) {
    if (model.ctc) for (const pair of pairs) checkAlignment(pair, 'a pair of the batch', WITHOUT_CTC);
    return tf.tidy(() => model.loss(paddedPairs(pairs, model.config.end), options));
  },
  measure: evaluatePairs,
  figures: (measures) => [
    { label: 'loss', value: measures.loss, text: measures.loss.toFixed(4), unit: 'nats per token' },
    { label: 'perplexity', value: measures.perplexity, text: measures.perplexity.toFixed(3) },
    { ...percent('exact match', measures.exactMatch, 'of targets'), best: 'highest' },
    percent('edit distance', measures.editDistance, 'of target tokens'),
    percent('token accuracy', measures.tokenAccuracy, 'after the target’s own beginning'),
    ...(measures.bleu === undefined
      ? []
      : [{ label: 'BLEU', value: measures.bleu, text: measures.bleu.toFixed(1) }]),
    { label: 'chrF', value: measures.chrf, text: measures.chrf.toFixed(1) },
  ],
  conditions: ({ pairs, beam, lengthPenalty }) =>
    beam === 1
      ? `${pairs} pairs, written greedily`
      : `${pairs} pairs, written with a beam of ${beam} and a length penalty of ${lengthPenalty}`,
  batchInWords: (batchSize) => `${batchSize} pairs`,
  example: (split, tokenizer) => (tokenizer.source ?? tokenizer).decode(split.at(0).source),
  write: writeTarget,
  attention: attentionOf,
  randomSplit: (config, seed) => randomPairs(config, config.context - 1, seed),
};

export function percent(label: string, share: number, unit: string): Figure {
  return { label, value: share, text: `${(100 * share).toFixed(2)} %`, unit };
}

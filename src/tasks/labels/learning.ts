// What labels computes: batches of sources and labels, the loss of the labels, and those that are found for a source.
import * as tf from '#tfjs';
import type { LabelConfig, LabelModel } from '../../architectures/label-model.ts';
import type { Pairs } from '../../data/pairs.ts';
import type { PairBatch } from '../pairs/batches.ts';
import { learning as pairLearning, percent } from '../pairs/learning.ts';
import { randomPairs } from '../pairs/random.ts';
import type { Learning } from '../task.ts';
import { batchAt, checkLabels, checkPair } from './batches.ts';
import { evaluateLabels, type LabelEvaluation, paddedPair } from './evaluate.ts';
import { writeLabels } from './write.ts';

export const learning: Learning<LabelModel, Pairs, PairBatch, LabelEvaluation> = {
  checkSplit: (split, context, config) => checkLabels(split, context, config as LabelConfig),
  batchAt,
  loss: (model, { pairs }, options) =>
    tf.tidy(() => {
      for (const pair of pairs) checkPair(pair, 'a pair of the batch', model);
      return model.loss(...paddedPair(pairs), options);
    }),
  measure: evaluateLabels,
  figures: ({ loss, exactMatch, editDistance, tokenAccuracy, spanF1, brokenRule }) => [
    { label: 'loss', value: loss, text: loss.toFixed(4), unit: 'nats per label' },
    { ...percent('exact match', exactMatch, 'of targets'), best: 'highest' },
    percent('edit distance', editDistance, 'of labels'),
    ...(tokenAccuracy === undefined ? [] : [percent('label accuracy', tokenAccuracy, 'of labels')]),
    ...(spanF1 === undefined ? [] : [percent('span F1', spanF1, 'exact spans, as CoNLL counts them')]),
    ...(brokenRule === undefined ? [] : [percent('against the BIO rule', brokenRule, 'of what is found')]),
  ],
  conditions: ({ pairs, beam }) =>
    beam === 1 ? `${pairs} pairs` : `${pairs} pairs, by prefix beam search with a beam of ${beam}`,
  batchInWords: (batchSize) => `${batchSize} pairs`,
  example: pairLearning.example!,
  write: writeLabels,
  randomSplit(config, seed) {
    const { context, head } = config as LabelConfig;
    const labels = head === 'ctc' ? Math.ceil(context / 2) : context; // equal ones need a token between them
    return randomPairs(config, labels, seed);
  },
};

// What masked computes: windows in which some tokens are masked, the loss of these tokens, and texts that are filled in.
import * as tf from '#tfjs';
import type { MaskedModel } from '../../architectures/masked-model.ts';
import { keyFor, Stream } from '../../base/random.ts';
import { type Tokens, tokensOf } from '../../data/tokens.ts';
import type { Learning } from '../task.ts';
import { checkLength } from '../text-windows.ts';
import { batchAt, type MaskedBatch, shownIds, textsOf } from './batches.ts';
import { evaluateMasked, type MaskedEvaluation } from './evaluate.ts';
import { withWords } from './words.ts';
import { writeMasked } from './write.ts';

const RANDOM_TOKENS = 200_000;

export const learning: Learning<MaskedModel, Tokens, MaskedBatch, MaskedEvaluation> = {
  checkSplit: checkLength,
  forTraining: (split, { config }, tokenizer) => (config.wholeWords ? withWords(split, tokenizer) : split),
  batchAt,
  loss: (model, { ids, shape, asked }, options) =>
    tf.tidy(() => {
      const places = asked.map(({ place }) => place);
      const targets = tf.tensor1d(
        Int32Array.from(places, (place) => ids[place]!),
        'int32',
      );
      return model.loss(textsOf(shownIds(ids, asked, model.config), shape, places), targets, options);
    }),
  measure: evaluateMasked,
  figures: ({ loss, accuracy, pseudoPerplexity }) => [
    { label: 'loss', value: loss, text: loss.toFixed(4), unit: 'nats per masked token' },
    { label: 'masked accuracy', value: accuracy, text: `${(100 * accuracy).toFixed(2)} %` },
    ...(pseudoPerplexity === undefined
      ? []
      : [
          {
            label: 'pseudo-perplexity',
            value: pseudoPerplexity,
            text: pseudoPerplexity.toFixed(3),
            unit: '(each token masked alone; not comparable with a perplexity)',
          },
        ]),
  ],
  conditions: ({ pseudoTokens }) =>
    `15 % of the tokens are asked about, as in training${pseudoTokens === undefined ? '' : `; ${pseudoTokens} of all are masked one at a time`}`,
  batchInWords: (batchSize, context) => `${batchSize} windows of ${context} tokens`,
  write: writeMasked,
  randomSplit({ vocabSize }, seed) {
    const random = new Stream(keyFor(seed, 'bench'));
    return tokensOf(Array.from({ length: RANDOM_TOKENS }, () => random.below(vocabSize)));
  },
};

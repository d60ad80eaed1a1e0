// What documents computes: batches of whole texts, the loss of an autoencoder on them, and texts that it writes.
import * as tf from '#tfjs';
import type { LatentModel } from '../../architectures/latent-model.ts';
import { keyFor, Stream } from '../../base/random.ts';
import { type Tokens, tokensOf } from '../../data/tokens.ts';
import { byteLengths } from '../../evaluation/bits-per-byte.ts';
import { keepsText } from '../../tokenizers/tokenizer.ts';
import type { Figure, Learning } from '../task.ts';
import { batchAt, selfPairs, type TextBatch } from './batches.ts';
import { evaluateTexts, type TextEvaluation } from './evaluate.ts';
import { textsOf } from './texts.ts';
import { walk, writeText } from './write.ts';

const RANDOM_TOKENS = 200_000;

export const learning: Learning<LatentModel, Tokens, TextBatch, TextEvaluation> = {
  checkSplit: textsOf,
  batchAt,
  loss: (model, { texts, step }, options) =>
    tf.tidy(() => model.loss(selfPairs(texts, model.config.end), { ...options, step })),
  measure: (model, split, { tokenizer, ...options }) =>
    evaluateTexts(model, split, {
      ...options,
      byteLength: keepsText(tokenizer) ? byteLengths(tokenizer) : undefined,
    }),
  figures: (measures) => [
    atMost('loss', measures.loss, 'nats per token (ELBO)'),
    ...bound('bits per byte', measures.bitsPerByte, '(ELBO)'),
    ...bound('importance-weighted', measures.importanceLoss, 'nats per token'),
    ...bound('importance-weighted bits per byte', measures.importanceBitsPerByte),
    nats('reconstruction', measures.reconstruction, 'nats per text'),
    nats('divergence', measures.divergence, 'nats per text: what latent vectors tell'),
    {
      label: 'active units',
      value: measures.activeUnits,
      text: `${measures.activeUnits} of ${measures.latent}`,
      unit: 'latent dimensions',
    },
  ],
  conditions: ({ texts, context, cut, importance }) =>
    [
      `${texts} texts of at most ${context} tokens`,
      cut > 0
        ? `of ${cut} longer ${cut === 1 ? 'document' : 'documents'} each stretch is a text of its own`
        : '',
      `what is “at most” is an upper bound of what texts cost, with ${importance} latent ${importance === 1 ? 'vector' : 'vectors'} drawn for each`,
    ]
      .filter((words) => words !== '')
      .join('; '),
  batchInWords: (batchSize, context) => `${batchSize} texts of at most ${context} tokens`,
  write: writeText,
  walk,
  randomSplit({ vocabSize, context, end }, seed) {
    const random = new Stream(keyFor(seed, 'bench'));
    const ids = Array.from({ length: RANDOM_TOKENS }, (_, i) =>
      i % context === context - 1 ? Number(end) : random.below(vocabSize),
    );
    return tokensOf(ids, Number(end));
  },
};

function bound(label: string, value: number | undefined, unit?: string): Figure[] {
  return value === undefined ? [] : [atMost(label, value, unit)];
}

function atMost(label: string, value: number, unit?: string): Figure {
  return { label, value, text: `at most ${value.toFixed(4)}`, ...(unit && { unit }) };
}

function nats(label: string, value: number, unit: string): Figure {
  return { label, value, text: value.toFixed(2), unit };
}

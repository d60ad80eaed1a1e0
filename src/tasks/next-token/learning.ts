// What next-token computes: windows of a token stream, and the loss of each token's successor.
import * as tf from '#tfjs';
import type { LanguageModel } from '../../architectures/language-model.ts';
import { UsageError } from '../../base/errors.ts';
import { keyFor, Stream } from '../../base/random.ts';
import { type Tokens, tokensOf } from '../../data/tokens.ts';
import { byteLengths } from '../../evaluation/bits-per-byte.ts';
import { generate } from '../../sampling/generate.ts';
import { keepsText } from '../../tokenizers/tokenizer.ts';
import type { Learning } from '../task.ts';
import { checkLength } from '../text-windows.ts';
import { batchAt, type TokenBatch } from './batches.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { profile } from './profile.ts';

const RANDOM_TOKENS = 200_000;

export const learning: Learning<LanguageModel, Tokens, TokenBatch, Evaluation> = {
  checkSplit: checkLength,
  batchAt,
  loss(model, { tokens, targets, shape }, options) {
    return tf.tidy(() =>
      model.loss(tf.tensor2d(tokens, shape, 'int32'), tf.tensor2d(targets, shape, 'int32'), options),
    );
  },
  measure: (model, split, { tokenizer, ...options }) =>
    evaluate(model, split, {
      ...options,
      byteLength: keepsText(tokenizer) ? byteLengths(tokenizer) : undefined,
    }),
  figures: ({ loss, perplexity, bitsPerByte }) => [
    { label: 'loss', value: loss, text: loss.toFixed(4), unit: 'nats per token' },
    { label: 'perplexity', value: perplexity, text: perplexity.toFixed(3) },
    ...(bitsPerByte === undefined
      ? []
      : [{ label: 'bits per byte', value: bitsPerByte, text: bitsPerByte.toFixed(4) }]),
  ],
  conditions: ({ contextReset, stride }) => `${contextReset}; stride ${stride}`,
  onEqualTerms: {
    label: 'every window afresh',
    options: { reset: true },
    matters: (model) => model.startMemory !== undefined,
  },
  batchInWords: (batchSize, context) => `${batchSize} windows of ${context} tokens`,
  profile,
  write(model, tokenizer, prompt, options, signal) {
    if ((options.beam ?? 1) > 1)
      throw new UsageError('a beam is for models of pairs; this one goes on with a text', 'leave out --beam');
    const ids = Uint32Array.from([...(tokenizer.startOfText ?? []), ...tokenizer.encode(prompt)]);
    return generate(model, tokenizer, ids, options, signal);
  },
  randomSplit({ vocabSize }, seed) {
    const random = new Stream(keyFor(seed, 'bench'));
    return tokensOf(Array.from({ length: RANDOM_TOKENS }, () => random.below(vocabSize)));
  },
};

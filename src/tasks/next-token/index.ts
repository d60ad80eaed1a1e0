// next-token: from every prefix of a window of text to the token that follows it.
import * as tf from '#tfjs';
import type { LanguageModel } from '../../architectures/language-model.ts';
import type { Tokens } from '../../data/tokens.ts';
import type { Task } from '../task.ts';
import { batchAt, checkLength, type TokenBatch } from './batches.ts';
import { type Evaluation, evaluate } from './evaluate.ts';

export const nextToken: Task<LanguageModel, Tokens, TokenBatch, Evaluation> = {
  name: 'next-token',
  checkSplit: checkLength,
  batchAt,
  loss(model, { tokens, targets, shape }, options) {
    return tf.tidy(() =>
      model.loss(tf.tensor2d(tokens, shape, 'int32'), tf.tensor2d(targets, shape, 'int32'), options),
    );
  },
  measure: evaluate,
};

// What chat computes: batches of conversations, and the loss of the assistant's tokens.
import * as tf from '#tfjs';
import type { LanguageModel } from '../../architectures/language-model.ts';
import { keyFor, Stream } from '../../base/random.ts';
import { type Conversations, conversationsOf } from '../../data/conversations.ts';
import type { Learning } from '../task.ts';
import { batchAt, type ChatBatch } from './batches.ts';
import { type ChatEvaluation, evaluateChat } from './evaluate.ts';
import { longerThan, paddedRows, usable } from './rows.ts';

const RANDOM_CONVERSATIONS = 1000;

export const learning: Learning<LanguageModel, Conversations, ChatBatch, ChatEvaluation> = {
  checkSplit: usable,
  note(split, context) {
    const longer = longerThan(split, context);
    if (longer === 0) return undefined;
    const leftOut = split.length - usable(split, context).length;
    return `${longer} of ${split.length} conversations are longer than ${context} tokens: the beginning of each is learned${leftOut > 0 ? `, and ${leftOut} with no answer in it are left out` : ''}`;
  },
  batchAt,
  loss: (model, { examples }, options) =>
    tf.tidy(() => {
      const { inputs, targets } = paddedRows(examples);
      return model.loss(inputs, targets, options);
    }),
  measure: evaluateChat,
  figures: ({ loss, perplexity }) => [
    { label: 'loss', value: loss, text: loss.toFixed(4), unit: 'nats per token of the assistant' },
    { label: 'perplexity', value: perplexity, text: perplexity.toFixed(3) },
  ],
  conditions: ({ conversations, context, longer, leftOut }) =>
    [
      `${conversations} conversations, each by itself, of at most ${context} tokens`,
      ...(longer > 0 ? [`${longer} of the split are longer, and cut`] : []),
      ...(leftOut > 0 ? [`${leftOut} of these have no answer, and are left out`] : []),
    ].join('; '),
  batchInWords: (batchSize, context) =>
    `conversations of like length, as many as have room in ${batchSize * context} tokens`,
  randomSplit({ vocabSize, context }, seed) {
    const random = new Stream(keyFor(seed, 'bench'));
    return conversationsOf(
      Array.from({ length: RANDOM_CONVERSATIONS }, () => ({
        ids: Int32Array.from({ length: context + 1 }, () => random.below(vocabSize)),
        learned: new Uint8Array(context + 1).fill(1),
      })),
    );
  },
};

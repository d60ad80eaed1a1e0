// Windows in which a seventh of the tokens are masked: these alone are counted, a different number in each micro-batch.
import * as tf from '#tfjs';
import { keyFor, Stream } from '../../../src/base/random.ts';
import { type Tokens, tokensOf } from '../../../src/data/tokens.ts';
import { batchAt } from '../../../src/tasks/next-token/batches.ts';
import type { Batch, Learning, Measures } from '../../../src/tasks/task.ts';
import { checkLength } from '../../../src/tasks/text-windows.ts';
import type { Neighbours } from '../neighbours/model.ts';

interface MaskedBatch extends Batch {
  shape: [batch: number, context: number];
  tokens: Int32Array; // (B, T)
  targets: Int32Array; // (B, T): −1 where a token is not masked
}

interface Accuracy extends Measures {
  right: number;
}

const SHARE = 1 / 7;

function maskedBatch(
  tokens: Int32Array,
  shape: [number, number],
  isMasked: (i: number) => boolean,
): MaskedBatch {
  const targets = tokens.map((token, i) => (i === 0 || isMasked(i) ? token : -1)); // a batch counts one at least
  return { size: tokens.length, counted: targets.filter((id) => id >= 0).length, shape, tokens, targets };
}

export const learning: Learning<Neighbours, Tokens, MaskedBatch, Accuracy> = {
  checkSplit: checkLength,
  batchAt(split, place) {
    const { tokens, shape } = batchAt(split, place);
    const random = new Stream(keyFor(place.seed, 'mask', place.step, place.micro));
    return maskedBatch(tokens, shape, () => random.uniform() < SHARE);
  },
  loss(model, { tokens, targets, shape }) {
    return tf.tidy(() =>
      model.loss(tf.tensor2d(tokens, shape, 'int32'), tf.tensor2d(targets, shape, 'int32')),
    );
  },
  batchInWords: (batchSize, context) => `${batchSize} windows of ${context} tokens`,
  async measure(model, split, { maxTokens, ...settings }) {
    const { every = 7 } = settings as { every?: number };
    const { context } = model.config;
    const tokens = Int32Array.from(split.read(0, Math.min(split.length, maxTokens ?? Infinity)));
    const rows = Math.floor(tokens.length / context);
    const { targets, counted } = maskedBatch(
      tokens.subarray(0, rows * context),
      [rows, context],
      (i) => i % every === 0,
    );
    const values = tf.tidy(() => {
      const shape: [number, number] = [rows, context];
      const inputs = tf.tensor2d(tokens.subarray(0, rows * context), shape, 'int32');
      const wanted = tf.tensor2d(targets, shape, 'int32');
      return tf.stack([
        model.loss(inputs, wanted),
        model.logits(inputs).argMax(2).equal(wanted).sum().toFloat(),
      ]);
    });
    const [loss, right] = await values.data();
    values.dispose();
    return { loss: loss!, tokens: counted, right: right! / counted };
  },
  figures: ({ loss, right }) => [
    { label: 'loss', value: loss, text: loss.toFixed(4), unit: 'nats per masked token' },
    { label: 'right', value: right, text: `${Math.round(100 * right)} %` },
  ],
  conditions: () => 'masked one by one',
  randomSplit: ({ vocabSize }) => tokensOf(Array.from({ length: 999 }, (_, i) => i % vocabSize)),
};

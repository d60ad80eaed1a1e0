// Targets that grow in step get what a pass over each whole target gives, however their rows fork, change places and end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { PairModel } from '../../src/architectures/pair-model.ts';
import { describeOnAllBackends } from '../on-backends.ts';
import { randomTexts, tensorsInUse } from './example.ts';
import { COMBINATIONS, fed, livelyPairModel, padded, paddedRows, SEQ2SEQ, stepsOf } from './pair-example.ts';

const SOURCES = [5, 3, 1].map((length, i) => randomTexts(i, 1, length, SEQ2SEQ.sourceVocabSize)[0]!);
/** Which rows are to go on, before each feed: each stays, two fork and change places, one ends and the others turn around. */
const ORDERS = [undefined, [2, 0, 2, 1], [3, 1, 0], undefined];

describeOnAllBackends(() =>
  describe.each(COMBINATIONS)('%s', (_, config) => {
    let model: PairModel;

    beforeAll(() => {
      model = livelyPairModel(config);
    });
    afterAll(() => model.dispose());

    it('a row gets what a pass over its source and all its inputs gives', async () => {
      const steps = stepsOf(model, SOURCES);
      let rows = SOURCES.map((source) => ({ source, inputs: [] as number[] }));
      for (const [t, order] of ORDERS.entries()) {
        if (order) {
          steps.reorder(order);
          rows = order.map((row) => rows[row]!);
        }
        const tokens = randomTexts(10 + t, 1, rows.length, config.vocabSize)[0]!;
        rows = rows.map(({ source, inputs }, i) => ({ source, inputs: [...inputs, tokens[i]!] }));
        const next = await fed(steps, tokens);
        const sources = padded(rows.map(({ source }) => source));
        const inputs = paddedRows(
          rows.map(({ inputs }) => inputs),
          0,
        );
        const whole = await model.logits(sources, inputs).array();
        expect(next.flat(), `after ${t + 1} tokens`).toAgree(
          whole.flatMap((logits) => logits[t]!),
          'model',
        );
      }
      steps.dispose();
    });

    it('keeps as many tensors however long it is, and frees them', async () => {
      const before = tensorsInUse();
      const steps = stepsOf(model, SOURCES);
      await fed(steps, [0, 0, 0]);
      const during = tf.memory().numTensors;
      for (let t = 1; t < 4; t++) {
        steps.reorder([1, 2, 0]);
        await fed(steps, [t, t, t]);
        expect(tf.memory().numTensors).toBe(during);
      }
      steps.dispose();
      expect(tensorsInUse()).toEqual(before);
    });
  }),
);

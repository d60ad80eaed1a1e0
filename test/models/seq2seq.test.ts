// A sequence-to-sequence model reads each pair as if it were alone, and its decoder never looks ahead.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { PaddedTexts, PairModel } from '../../src/architectures/pair-model.ts';
import { keyFor } from '../../src/base/random.ts';
import { batchInvariant } from '../../src/ops/index.ts';
import { describeOnBackends } from '../on-backends.ts';
import { randomTexts, tensorsInUse } from './example.ts';
import { COMBINATIONS, fed, livelyPairModel, padded, paddedRows, SEQ2SEQ, stepsOf } from './pair-example.ts';

const S = 5;
const SOURCES = [S, 3, 1].map((length, i) => randomTexts(i, 1, length, SEQ2SEQ.sourceVocabSize)[0]!);
const INPUTS = randomTexts(4, SOURCES.length, 4, SEQ2SEQ.vocabSize);
const TARGETS = [[4, 2, 1, 0], [3, 0], [0]];

/** All that a model says of the pairs, by name. */
function said(model: PairModel, sources: PaddedTexts): Record<string, Float32Array> {
  return tf.tidy(() => {
    const inputs = paddedRows(INPUTS, 0);
    const pairs = { sources, inputs, targets: paddedRows(TARGETS, -1) };
    const { value, grads } = tf.variableGrads(() => model.loss(pairs, { dropoutKey: keyFor(1, 'test') }));
    const names = [...model.parameters].map(([name, { name: id }]) => [name, grads[id]!] as const);
    const attention = model.attention(sources, inputs)?.slice([0, 0, 0], [-1, -1, S]);
    const all = { loss: value, logits: model.logits(sources, inputs), ...Object.fromEntries(names) };
    return tensorValues(attention ? { ...all, attention } : all);
  });
}

function tensorValues(tensors: Record<string, tf.Tensor>) {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, tensor.dataSync<'float32'>()]),
  );
}

/** (B, T, V), what is said of each pair not depending on the others to the bit. */
function logitsOf(model: PairModel, sources: number[][], inputs: number[][]): number[][][] {
  return batchInvariant(() =>
    tf.tidy(() => model.logits(padded(sources), paddedRows(inputs, 0)).arraySync()),
  );
}

/** Of each position whether its logits differ, (T). */
function differences(a: number[][], b: number[][]): boolean[] {
  return a.map((logits, at) => logits.some((logit, id) => logit !== b[at]![id]));
}

describeOnBackends(() =>
  describe.each(COMBINATIONS)('%s', (_, config) => {
    let model: PairModel;
    let expected: Record<string, Float32Array>;
    const [source, inputs] = [SOURCES[0]!, INPUTS[0]!];

    beforeAll(() => {
      model = livelyPairModel(config);
      expected = said(model, padded(SOURCES, 8));
    });
    afterAll(() => model.dispose());

    it('what stands in the padding changes nothing, to the bit, and no tensor is left behind', () => {
      const sources = padded(SOURCES, 3);
      const before = tensorsInUse();
      expect(said(model, sources)).toEqual(expected);
      expect(tensorsInUse()).toEqual(before);
    });

    it('a longer padding changes nothing: to the bit on plain, whose sums are of one kind for all lengths', () => {
      const longer = said(model, padded(SOURCES, 0, 11));
      if (tf.getBackend() === 'plain') expect(longer).toEqual(expected);
      const values = (all: typeof expected) => Object.values(all).flatMap((each) => [...each]);
      expect(values(longer)).toAgree(values(expected), 'model');
    });

    it('a pair alone gets what it gets in a batch, to the bit where products are batch-invariant', () => {
      const alone = SOURCES.flatMap((text, i) => logitsOf(model, [text], [INPUTS[i]!]));
      expect(alone).toEqual(logitsOf(model, SOURCES, INPUTS));
    });

    it('a changed input changes no logits before it, and all from it on', () => {
      const others = inputs.map((token, i) => inputs.with(i, (token + 1) % config.vocabSize));
      const [before, ...after] = logitsOf(model, Array(1 + others.length).fill(source), [inputs, ...others]);
      for (const [changed, logits] of after.entries())
        expect(differences(before!, logits)).toEqual(inputs.map((_, at) => at >= changed));
    });

    it('a changed token of the source changes all logits', () => {
      const others = source.map((token, i) => source.with(i, (token + 1) % config.sourceVocabSize));
      const [before, ...after] = logitsOf(model, [source, ...others], Array(1 + others.length).fill(inputs));
      for (const logits of after) expect(differences(before!, logits)).not.toContain(false);
    });

    it('targets that grow in step get the same bits whatever rows are beside them', async () => {
      const [many, one] = [stepsOf(model, SOURCES), stepsOf(model, SOURCES)];
      many.reorder(Array.from({ length: 18 }, (_, row) => row % SOURCES.length));
      one.reorder([1]);
      for (const tokens of randomTexts(20, 3, 18, config.vocabSize)) {
        const [, expected] = await fed(many, tokens);
        expect(await fed(one, [tokens[1]!])).toEqual([expected]);
      }
      for (const steps of [many, one]) steps.dispose();
    });
  }),
);

// Measures of labels, of models whose labels and loss are known.
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { bioAllowed } from '../../../src/architectures/bio.ts';
import type { LabelModel } from '../../../src/architectures/label-model.ts';
import { startBackend } from '../../../src/backends/index.ts';
import { type Pair, pairsOf } from '../../../src/data/pairs.ts';
import { collectSamples } from '../../../src/sampling/generate.ts';
import { evaluateLabels } from '../../../src/tasks/labels/evaluate.ts';
import { learning } from '../../../src/tasks/labels/learning.ts';
import { writeLabels } from '../../../src/tasks/labels/write.ts';
import { codePointTokenizer } from '../../data/stand-ins.ts';
import { TAGGER } from '../../models/label-example.ts';

const tokenizer = codePointTokenizer(9);
const pair = (source: number[], target: number[]): Pair => ({
  source: Int32Array.from(source),
  target: Int32Array.from(target),
});

/** Each token's own id is its likeliest label by far, of 7, or of 8 with CTC's blank, 7; the loss is what is given. */
function echo(head: 'softmax' | 'ctc', nats: (labels: tf.Tensor) => tf.Scalar): LabelModel {
  const outputs = head === 'ctc' ? 8 : 7;
  return {
    config: { ...TAGGER, head },
    allowed: head === 'ctc' ? undefined : bioAllowed(TAGGER.labels, 7),
    crf: undefined,
    blank: head === 'ctc' ? 7 : undefined,
    loss: (_, { ids }) => nats(ids),
    scores: ({ ids }) => tf.oneHot(ids, outputs, 20, 0, 'float32') as tf.Tensor3D,
    parameters: new Map(),
    layers: [],
    floatsPerToken: { kept: 0, working: 0, widest: 0 },
    dispose() {},
  };
}

beforeAll(() => startBackend('plain'));

describe('of labels for each token', () => {
  // Found are the sources: O BX IX, IX O, BX BY. The targets: O BX IX, O O, BX IX.
  const split = pairsOf([pair([0, 1, 2], [0, 1, 2]), pair([2, 0], [0, 0]), pair([1, 3], [1, 2])]);
  const model = echo('softmax', () => tf.scalar(0.5));

  it('all are counted', async () => {
    expect(await evaluateLabels(model, split, { tokenizer })).toEqual({
      loss: 0.5,
      tokens: 7,
      pairs: 3,
      exactMatch: 1 / 3,
      editDistance: 2 / 7,
      tokenAccuracy: 5 / 7,
      brokenRule: 1 / 3, // an I first
      spanF1: 2 / 6, // one of four that are found, and of two that are wanted
      beam: 1,
    });
  });

  it('models are ranked by exact matches', async () => {
    const figures = learning.figures(await evaluateLabels(model, split, { tokenizer }));
    expect(figures.filter(({ best }) => best)).toEqual([
      expect.objectContaining({ label: 'exact match', text: '33.33 %', best: 'highest' }),
    ]);
  });

  it('a beam is refused', async () => {
    const measured = evaluateLabels(model, split, { tokenizer, beam: 2 });
    await expect(measured).rejects.toThrow('with softmax the likeliest labels are found without');
  });

  it('a pair of other lengths is refused, with its place', async () => {
    const measured = evaluateLabels(model, pairsOf([split.at(0), pair([1], [1, 1])]), { tokenizer });
    await expect(measured).rejects.toThrow('pair 2 of those measured has 1 tokens and 2 labels');
  });
});

it('the loss of many pairs is the mean over all labels, however they fall into batches', async () => {
  // A batch's loss is the mean of its labels, as ids.
  const mean = (ids: tf.Tensor) => ids.mean<tf.Scalar>();
  const all = Array.from({ length: 150 }, (_, i) => pair([i % 7], [i % 7]));
  const { loss, tokens } = await evaluateLabels(echo('softmax', mean), pairsOf(all), { tokenizer });
  expect(loss).toBeCloseTo(all.reduce((sum, { target }) => sum + target[0]!, 0) / 150, 6);
  expect(tokens).toBe(150);
});

describe('of CTC', () => {
  const model = echo('ctc', () => tf.scalar(1));

  it('repeats are joined, blanks left out, and there is no accuracy of tokens', async () => {
    const split = pairsOf([pair([1, 1, 7, 1, 3], [1, 1, 3]), pair([7, 7, 2], [4])]);
    expect(await evaluateLabels(model, split, { tokenizer, beam: 3 })).toEqual({
      loss: 1,
      tokens: 4,
      pairs: 2,
      exactMatch: 1 / 2,
      editDistance: 1 / 4,
      beam: 3,
    });
  });

  it('the labels of a source are written', async () => {
    const [sample] = await collectSamples(writeLabels(model, tokenizer, '\x01\x01\x07\x02', {}));
    expect(sample).toEqual({ text: '\x01\x02', tokens: [1, 2], finish: 'end-of-text' });
  });

  it('several samples are refused, as they would be the same', () => {
    expect(() => writeLabels(model, tokenizer, '\x01', { numSamples: 2 })).toThrow('there is one sample');
    expect(() => writeLabels(model, tokenizer, '', {})).toThrow('from 1 to 12 tokens for the source');
  });
});

// A tagger reads each source as if it were alone, and what it says the likeliest labels are, they are: by brute force over all
// sequences of labels, and over all alignments.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { forbiddenAt } from '../../src/architectures/bio.ts';
import type { LabelModel } from '../../src/architectures/label-model.ts';
import type { PaddedTexts } from '../../src/architectures/pair-model.ts';
import { ENCODERS } from '../../src/architectures/seq2seq/config.ts';
import { OUTPUTS, type TaggerConfig } from '../../src/architectures/tagger/config.ts';
import { keyFor } from '../../src/base/random.ts';
import { labelsOf } from '../../src/tasks/labels/decode.ts';
import { describeOnBackends } from '../on-backends.ts';
import { ctcByBruteForce, sequences } from '../ops/brute-force.ts';
import { type CrfArrays, crfWeight, logSumExp, sum } from '../ops/sequence-reference.ts';
import { randomTexts, tensorsInUse } from './example.ts';
import { livelyLabelModel, TAGGER } from './label-example.ts';
import { padded } from './pair-example.ts';

const SOURCES = [5, 3, 1].map((length, i) => randomTexts(i, 1, length, TAGGER.sourceVocabSize)[0]!);
const LABELS = [[1, 2, 0, 3, 4], [0, 1, 2], [3]];
const KINDS = ENCODERS.flatMap((encoder) => OUTPUTS.map((head) => ({ encoder, head })));

/** The loss and its gradients, by name. */
function said(model: LabelModel, sources: PaddedTexts, filler: number) {
  return tf.tidy(() => {
    const loss = () => model.loss(sources, padded(LABELS, filler), { dropoutKey: keyFor(1, 'test') });
    const { value, grads } = tf.variableGrads(loss, [...model.parameters.values()]);
    const gradients = [...model.parameters].map(([name, { name: id }]) => [name, grads[id]!.dataSync()]);
    return { loss: value.dataSync(), ...Object.fromEntries(gradients) };
  });
}

/** Without what is said of the padding. */
function scoresOf(model: LabelModel, sources: number[][]): number[][][] {
  const scores = tf.tidy(() => model.scores(padded(sources)).arraySync());
  return scores.map((rows, b) => rows.slice(0, sources[b]!.length));
}

function decoded(model: LabelModel, sources = SOURCES, beam = 1): Promise<number[][]> {
  return labelsOf(
    model,
    sources.map((ids) => Int32Array.from(ids)),
    beam,
  );
}

/** The key of the largest value. */
function likeliest<K>(worth: Iterable<readonly [K, number]>): K {
  return [...worth].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

describeOnBackends(() => {
  describe.each(KINDS)('$encoder under $head', (kind) => {
    let model: LabelModel;
    beforeAll(() => {
      model = livelyLabelModel({ ...TAGGER, ...kind });
    });
    afterAll(() => model.dispose());

    it('what stands in the padding changes neither loss nor gradient, to the bit', () => {
      expect(said(model, padded(SOURCES, 3), 5)).toEqual(said(model, padded(SOURCES, 8), -1));
    });

    it('the scores of a source are those that it has alone', () => {
      for (const [b, scores] of scoresOf(model, SOURCES).entries())
        expect(scores.flat()).toAgree(scoresOf(model, [SOURCES[b]!]).flat(2), 'model');
    });

    it('leaves no tensor behind', async () => {
      const before = tensorsInUse();
      said(model, padded(SOURCES), 0);
      await decoded(model);
      // The sources and labels are the test's own.
      expect(tensorsInUse().numTensors - before.numTensors).toBe(2);
    });
  });

  describe('a CRF', () => {
    let model: LabelModel;
    beforeAll(() => {
      model = livelyLabelModel({ ...TAGGER, head: 'crf' });
    });
    afterAll(() => model.dispose());

    /** What each sequence of labels that is allowed weighs, by the model's own scores. */
    function weighed(source: number[]) {
      const [scores] = scoresOf(model, [source]) as [number[][]];
      const { transitions, start, end } = model.crf!;
      const arrays: CrfArrays = {
        scores: { shape: [1, source.length, TAGGER.vocabSize], data: scores.flat() },
        transitions: valuesOf(transitions),
        start: valuesOf(start),
        end: valuesOf(end),
      };
      return sequences(source.length, TAGGER.labels.length)
        .filter((labels) => obeysBio(labels.map((id) => TAGGER.labels[id]!)))
        .map((labels) => [labels, crfWeight(arrays, 0, labels)] as const);
    }

    it('has the loss that a sum over all sequences gives', () => {
      const nats = SOURCES.map((source, b) => {
        const all = weighed(source);
        const [, own] = all.find(([labels]) => labels.join() === LABELS[b]!.join())!;
        return logSumExp(all.map(([, weight]) => weight)) - own;
      });
      const loss = tf.tidy(() => model.loss(padded(SOURCES), padded(LABELS)).dataSync());
      expect(loss).toAgree([sum(nats) / LABELS.flat().length], 'model');
    });

    it('finds the labels that weigh most of all', async () => {
      expect(await decoded(model)).toEqual(SOURCES.map((source) => likeliest(weighed(source))));
    });

    it('never breaks the BIO rule, as the same scores under a softmax do', async () => {
      const free = livelyLabelModel({ ...TAGGER, head: 'softmax' });
      const sources = randomTexts(9, 100, 8, TAGGER.sourceVocabSize);
      const broken = async (model: LabelModel) =>
        (await decoded(model, sources)).filter((ids) => forbiddenAt(ids, model.allowed!) !== undefined)
          .length;
      expect(await broken(free)).toBeGreaterThan(0);
      expect(await broken(model)).toBe(0);
      free.dispose();
    });
  });

  it('a softmax finds the largest score of each token', async () => {
    const model = livelyLabelModel({ ...TAGGER, head: 'softmax' });
    const largest = scoresOf(model, SOURCES).map((rows) => rows.map((row) => likeliest(row.entries())));
    expect(await decoded(model)).toEqual(largest);
    model.dispose();
  });

  describe('CTC', () => {
    const config: TaggerConfig = { ...TAGGER, head: 'ctc', vocabSize: 2, labels: [] };
    let model: LabelModel;
    beforeAll(() => {
      model = livelyLabelModel(config);
    });
    afterAll(() => model.dispose());

    const allTargets = (source: number[]) => {
      const logProbs = scoresOf(model, [source])[0]!.map((row) => row.map((score) => score - logSumExp(row)));
      return ctcByBruteForce(logProbs, config.vocabSize);
    };

    it('has the loss that a sum over all alignments gives', () => {
      const targets = [[1, 1, 0], [0, 1], [0]];
      const nats = SOURCES.map((source, b) => -allTargets(source).get(targets[b]!.join(' '))!);
      const loss = tf.tidy(() => model.loss(padded(SOURCES), padded(targets)).dataSync());
      expect(loss).toAgree([sum(nats) / targets.flat().length], 'model');
    });

    it('finds the likeliest target of all with a beam that keeps every prefix', async () => {
      const sources = randomTexts(5, 6, 5, TAGGER.sourceVocabSize);
      const best = sources.map((source) => likeliest(allTargets(source)));
      expect((await decoded(model, sources, 100)).map((ids) => ids.join(' '))).toEqual(best);
    });
  });
});

function valuesOf(tensor: tf.Tensor) {
  return { shape: tensor.shape, data: Array.from(tensor.dataSync()) };
}

/** I-X comes only right after B-X or I-X. */
function obeysBio(names: string[]): boolean {
  return names.every(
    (name, i) =>
      name[0] !== 'I' || (i > 0 && names[i - 1] !== 'O' && names[i - 1]!.slice(1) === name.slice(1)),
  );
}

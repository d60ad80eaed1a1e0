// A tagger's graph in onnxruntime gives the model's own scores, and with the weights that it holds Viterbi finds the same labels.
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { ENCODERS } from '../../../src/architectures/seq2seq/config.ts';
import { OUTPUTS } from '../../../src/architectures/tagger/config.ts';
import { viterbi } from '../../../src/sampling/viterbi.ts';
import { labelsOf } from '../../../src/tasks/labels/decode.ts';
import { randomTexts } from '../../models/example.ts';
import { livelyLabelModel, TAGGER } from '../../models/label-example.ts';
import { padded } from '../../models/pair-example.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { usePlainBackend } from '../../training/stand-ins.ts';
import { filledUp, sessionOf } from './whole-texts.ts';

usePlainBackend();

const folder = temporaryFolder();
const SOURCES = [[1, 2, 3, 4, 5], [6, 7], [8]];

describe.each(ENCODERS.flatMap((encoder) => OUTPUTS.map((head) => ({ encoder, head }))))(
  '$encoder under $head',
  (kind) => {
    it('has the same scores in onnxruntime, whatever stands in the padding', async () => {
      const model = livelyLabelModel({ ...TAGGER, ...kind });
      const { logits } = await (await sessionOf(folder, model)).run(filledUp(SOURCES));
      const [scores, expected] = tf.tidy(() => [
        tf.tensor(logits!.data as Float32Array, [...logits!.dims]).arraySync(),
        model.scores(padded(SOURCES)).arraySync(),
      ]) as [number[][][], number[][][]];
      for (const [b, { length }] of SOURCES.entries())
        expect(scores[b]!.slice(0, length).flat()).toAgree(expected[b]!.slice(0, length).flat(), 'model');
      model.dispose();
    });
  },
);

it('a CRF’s weights are in its graph, what BIO forbids weighing so little that Viterbi needs no rule', async () => {
  const model = livelyLabelModel(TAGGER);
  const sources = randomTexts(9, 50, 8, TAGGER.sourceVocabSize);
  const { logits, transitions, start, end } = await (await sessionOf(folder, model)).run(filledUp(sources));
  const [weights, first, last] = [transitions!, start!, end!].map(({ data }) => data as Float32Array);
  const shape = logits!.dims as readonly [number, number, number];
  const numbers = { transitions: weights!, start: first!, end: last! };
  const lengths = sources.map(({ length }) => length);
  const found = viterbi(logits!.data as Float32Array, shape, lengths, numbers);
  const expected = await labelsOf(
    model,
    sources.map((ids) => Int32Array.from(ids)),
    1,
  );
  expect(Array.from(found)).toEqual(expected.flat());
  model.dispose();
});

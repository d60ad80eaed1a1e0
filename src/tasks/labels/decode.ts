// The likeliest labels of sources, each output layer's in its own way.
import * as tf from '#tfjs';
import type { LabelModel } from '../../architectures/label-model.ts';
import { UsageError } from '../../base/errors.ts';
import { ctcBeam, ctcGreedy } from '../../sampling/ctc.ts';
import { type CrfNumbers, viterbi } from '../../sampling/viterbi.ts';
import { paddedTexts } from '../padded.ts';

/** Only CTC has need of a beam: the labels of the others are known to be the likeliest. */
export function checkBeam({ config: { head } }: LabelModel, beam: number): void {
  if (beam > 1 && head !== 'ctc')
    throw new UsageError(
      `a beam is for CTC: with ${head} the likeliest labels are found without`,
      'leave out --beam',
    );
}

/** A softmax's, each for itself; a CRF's, by Viterbi; CTC's, of the likeliest alignment or, with a beam, of all that are kept. */
export async function labelsOf(
  model: LabelModel,
  sources: readonly Int32Array[],
  beam: number,
): Promise<number[][]> {
  checkBeam(model, beam);
  const scores = tf.tidy(() => {
    const scores = model.scores(paddedTexts(sources)); // (B, T, K)
    return model.blank === undefined ? scores : tf.logSoftmax(scores);
  });
  const shape = scores.shape;
  const values = (await scores.data()) as Float32Array;
  scores.dispose();
  const numbers = model.crf && (await numbersOf(model.crf));
  const lengths = sources.map(({ length }) => length);
  const [, T, K] = shape;
  const tags = numbers && viterbi(values, shape, lengths, numbers, model.allowed);
  return lengths.map((length, b) => {
    if (tags) return Array.from(tags.subarray(b * T, b * T + length));
    const row = values.subarray(b * T * K, (b * T + length) * K);
    if (model.blank === undefined) return likeliest(row, K);
    if (beam === 1) return ctcGreedy(row, K, model.blank);
    return ctcBeam(row, K, { blank: model.blank, width: beam })[0]!.tokens;
  });
}

async function numbersOf({ transitions, start, end }: NonNullable<LabelModel['crf']>): Promise<CrfNumbers> {
  const [weights, first, last] = await Promise.all([transitions.data(), start.data(), end.data()]);
  return { transitions: weights, start: first, end: last };
}

/** scores (T, K) → T ids */
function likeliest(scores: Float32Array, K: number): number[] {
  return Array.from({ length: scores.length / K }, (_, t) => {
    const row = scores.subarray(t * K, (t + 1) * K);
    return row.indexOf(Math.max(...row));
  });
}

// Windows of text in which some tokens are asked about: a pure function of (seed, step, micro-batch). As in Devlin et al. 2019, of
// 15 % of the tokens 80 % are masked, 10 % replaced by a random token, and 10 % left as they are, all of which must be told.
import * as tf from '#tfjs';
import type { MaskedModel, MaskedTexts } from '../../architectures/masked-model.ts';
import { keyFor, Stream } from '../../base/random.ts';
import type { Tokens } from '../../data/tokens.ts';
import type { Batch, BatchPlace } from '../task.ts';
import { randomWindows } from '../text-windows.ts';
import type { WordTokens } from './words.ts';

const SHARE = 0.15;
const MASKED = 0.8;
const REPLACED = 0.1;

export interface MaskedBatch extends Batch {
  shape: [batch: number, context: number];
  ids: Int32Array; // (B, T)
  asked: readonly Asked[];
}

/** A place that is asked about, and what decides what is shown there: two numbers in [0, 1). */
export interface Asked {
  place: number;
  how: number;
  which: number;
}

export function batchAt(split: Tokens | WordTokens, at: BatchPlace): MaskedBatch {
  const { batchSize, context } = at;
  const shape: [number, number] = [batchSize, context];
  const ids = new Int32Array(batchSize * context);
  for (const [row, window] of randomWindows(split, at).entries())
    ids.set(window.subarray(0, context), row * context);
  const random = new Stream(keyFor(at.seed, 'mask', at.step, at.micro));
  const asked = askedIn(ids, shape, random, 'continues' in split ? split.continues : undefined);
  return { size: ids.length, counted: asked.length, shape, ids, asked };
}

/** At least one place. Where words are known, each is asked about as a whole or not at all. */
export function askedIn(
  ids: Int32Array,
  [, columns]: readonly [number, number],
  random: Stream,
  continues: WordTokens['continues'] = () => false,
): Asked[] {
  const places: number[] = [];
  let isAsked = false;
  for (let place = 0; place < ids.length; place++) {
    const goesOn = place % columns > 0 && continues(ids[place - 1]!, ids[place]!);
    if (!goesOn) isAsked = random.uniform() < SHARE;
    if (isAsked) places.push(place);
  }
  if (places.length === 0) places.push(random.below(ids.length));
  return places.map((place) => ({ place, how: random.uniform(), which: random.uniform() }));
}

/** What the model is shown. */
export function shownIds(
  ids: Int32Array,
  asked: readonly Asked[],
  { mask, vocabSize }: MaskedModel['config'],
): Int32Array {
  const shown = ids.slice();
  for (const { place, how, which } of asked) {
    if (how < MASKED) shown[place] = mask;
    else if (how < MASKED + REPLACED) shown[place] = Math.floor(which * vocabSize);
  }
  return shown;
}

/** As tensors, for the caller to dispose of. */
export function textsOf(ids: Int32Array, shape: [number, number], places: readonly number[]): MaskedTexts {
  return { ids: tf.tensor2d(ids, shape, 'int32'), places: tf.tensor1d([...places], 'int32') };
}

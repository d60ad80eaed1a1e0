// How well a model tells tokens that it is not shown: many at a time, as in training, and each by itself.
import * as tf from '#tfjs';
import type { MaskedModel } from '../../architectures/masked-model.ts';
import { breathe } from '../../base/breathe.ts';
import { evenlySpaced } from '../../base/evenly-spaced.ts';
import { keyFor, Stream } from '../../base/random.ts';
import type { Collective } from '../../collectives/collective.ts';
import type { Tokens } from '../../data/tokens.ts';
import { dealt } from '../dealt.ts';
import { rowsAtOnce } from '../rows.ts';
import type { MeasureOptions, Measures } from '../task.ts';
import { askedIn, shownIds, textsOf } from './batches.ts';

export interface MaskedOptions extends MeasureOptions {
  /** How many tokens are masked one at a time; 0 measures no pseudo-perplexity. */
  pseudoTokens?: number | undefined;
}

/** The loss is in nats per token that is asked about. */
export interface MaskedEvaluation extends Measures {
  /** The share of these tokens that the model holds for the likeliest. */
  accuracy: number;
  /**
   * exp of the mean loss of tokens each of which is masked alone (Salazar et al. 2020). It is no perplexity: what is told of a
   * text this way are no probabilities that could be multiplied to one of the text.
   */
  pseudoPerplexity?: number;
  pseudoTokens?: number;
}

const MOST_ROWS = 32;

interface Sums {
  nats: number;
  tokens: number;
  right: number;
}

/** Measures a model on windows that follow one another; `maxTokens` reads about so many tokens, spread evenly. */
export async function evaluateMasked(
  model: MaskedModel,
  split: Tokens,
  { maxTokens = Infinity, pseudoTokens = 256, onProgress, ranks }: MaskedOptions,
): Promise<MaskedEvaluation> {
  const T = Math.min(model.config.context, split.length);
  const windows = evenlySpaced(Math.floor(split.length / T), Math.max(1, Math.ceil(maxTokens / T)));
  const rows = rowsAtOnce(model.config, MOST_ROWS);
  const sums: Sums = { nats: 0, tokens: 0, right: 0 };
  const measured = dealt(chunksOf(windows, rows), ranks, 3, (some) => {
    const ids = new Int32Array(some.length * T);
    for (const [row, window] of some.entries()) ids.set(split.read(window * T, T), row * T);
    const shape: [number, number] = [some.length, T];
    const asked = askedIn(ids, shape, new Stream(keyFor(0, 'measure', some[0]!)));
    const places = asked.map(({ place }) => place);
    return answers(model, {
      shown: shownIds(ids, asked, model.config),
      shape,
      places,
      wanted: places.map((place) => ids[place]!),
    });
  });
  let read = 0;
  for await (const [some, ...answered] of measured) {
    add(sums, answered);
    read += some.length;
    onProgress?.(read * T, windows.length * T);
  }
  const alone = await eachAlone(model, split, windows, pseudoTokens, ranks);
  return {
    loss: sums.nats / sums.tokens,
    tokens: sums.tokens,
    accuracy: sums.right / sums.tokens,
    ...(alone.tokens > 0 && {
      pseudoPerplexity: Math.exp(alone.nats / alone.tokens),
      pseudoTokens: alone.tokens,
    }),
  };
}

/** Tokens spread evenly over the windows, each masked in a window of its own. */
async function eachAlone(
  model: MaskedModel,
  split: Tokens,
  windows: number[],
  count: number,
  ranks: Collective | undefined,
): Promise<Sums> {
  const T = Math.min(model.config.context, split.length);
  const tokens = evenlySpaced(windows.length * T, count);
  const sums: Sums = { nats: 0, tokens: 0, right: 0 };
  const rows = rowsAtOnce(model.config, MOST_ROWS);
  const measured = dealt(chunksOf(tokens, rows), ranks, 3, (some) => {
    const shown = new Int32Array(some.length * T);
    const places = some.map((token, row) => row * T + (token % T));
    for (const [row, token] of some.entries())
      shown.set(split.read(windows[Math.floor(token / T)]! * T, T), row * T);
    const wanted = places.map((place) => shown[place]!);
    for (const place of places) shown[place] = model.config.mask;
    return answers(model, { shown, shape: [some.length, T], places, wanted });
  });
  for await (const [, ...answered] of measured) add(sums, answered);
  return sums;
}

function* chunksOf(all: number[], length: number): Generator<number[]> {
  for (let at = 0; at < all.length; at += length) yield all.slice(at, at + length);
}

interface Questions {
  shown: Int32Array;
  shape: [number, number];
  places: readonly number[];
  /** What belongs in each of the places. */
  wanted: readonly number[];
}

/** The nats, how many were right, and how many there are. */
async function answers(model: MaskedModel, { shown, shape, places, wanted }: Questions): Promise<number[]> {
  const measures = tf.tidy(() => {
    const logits = model.logits(textsOf(shown, shape, places)); // (N, V)
    const targets = tf.tensor1d([...wanted], 'int32');
    const ofTargets = tf.oneHot(targets, model.config.vocabSize).toFloat().mul(logits).sum();
    return tf.stack([
      tf.logSumExp(logits, 1).sum().sub(ofTargets),
      logits.argMax(1).equal(targets).sum().toFloat(),
    ]);
  });
  const [nats, right] = await measures.data();
  measures.dispose();
  await breathe();
  return [nats!, right!, places.length];
}

function add(sums: Sums, [nats, right, tokens]: readonly number[]): void {
  sums.nats += nats!;
  sums.right += right!;
  sums.tokens += tokens!;
}

// What is particular to a sequence-to-sequence model's loss in training: dropout, and inputs that are the model's guesses.
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { PaddedPairs, PairModel } from '../../src/architectures/pair-model.ts';
import { isTransformer, type Seq2SeqConfig } from '../../src/architectures/seq2seq/config.ts';
import { mixedInputs } from '../../src/architectures/seq2seq/training.ts';
import { keyFor } from '../../src/base/random.ts';
import { describeOnBackends } from '../on-backends.ts';
import { dropoutCalls } from './dropout-calls.ts';
import { tensorsInUse } from './example.ts';
import { COMBINATIONS, livelyPairModel, padded, paddedRows } from './pair-example.ts';

const RATE = 0.1;
const WANTED = [[4, 2, 1, 0], [3, 0], [0]];

function somePairs(inputs: number[][] = [[0, 4, 2, 1], [0, 3], [0]]): PaddedPairs {
  const sources = padded([[3, 8, 1, 2], [5, 0], [4]]);
  return { sources, inputs: paddedRows(inputs, 0), targets: paddedRows(WANTED, -1) };
}

/** Of training with this key's draws, or without a key. */
function lossOf(model: PairModel, pairs: PaddedPairs, seed?: number): number {
  const options = seed === undefined ? {} : { dropoutKey: keyFor(seed, 'test') };
  return tf.tidy(() => model.loss(pairs, options).dataSync()[0]!);
}

/** Each input but the first as the model would have it after the pairs' own inputs. */
function guessed(model: PairModel, { sources, inputs }: PaddedPairs): number[][] {
  const likeliest = tf.tidy(() => model.logits(sources, inputs).argMax(2).arraySync() as number[][]);
  return likeliest.map((guesses) => [0, ...guesses.slice(0, -1)]);
}

/** One of each decoder. */
const SOME = COMBINATIONS.filter(
  ([, { attention, coverage }]) => attention === 'multihead' && coverage === 0,
);

describeOnBackends(() => {
  describe.each(SOME)('%s', (_, config) => {
    const wet = { ...config, dropout: RATE };

    it('its loss in training is the same for the same key, and another for every other', () => {
      const [model, pairs] = [livelyPairModel(wet), somePairs()];
      const losses = Array.from({ length: 10 }, (_, seed) => lossOf(model, pairs, seed));
      expect(new Set([...losses, lossOf(model, pairs)]).size).toBe(11);
      expect(lossOf(model, pairs, 7)).toBe(losses[7]);
    });

    it('its loss without a key, its logits and where it looks know of no dropout', () => {
      const pairs = somePairs();
      const [loss, ...others] = [wet, config].map((each) => {
        const model = livelyPairModel(each);
        const { sources, inputs } = pairs;
        const tensors = [model.loss(pairs), model.logits(sources, inputs), model.attention(sources, inputs)!];
        return tensors.map((tensor) => tensor.dataSync());
      });
      expect([loss]).toEqual(others);
    });

    it('all inputs are the target’s own at a teacherForcing of 1', () => {
      const model = livelyPairModel(config);
      expect(lossOf(model, somePairs(), 1)).toBe(lossOf(model, somePairs()));
    });

    it('all inputs but the first are guesses at a teacherForcing of 0, through which no gradient flows', () => {
      const [model, taught] = [livelyPairModel({ ...config, teacherForcing: 0 }), livelyPairModel(config)];
      const [own, guesses] = [somePairs(), somePairs(guessed(taught, somePairs()))];
      expect(guesses.inputs.arraySync()).not.toEqual(own.inputs.arraySync());
      expect(lossOf(model, own)).toBe(lossOf(taught, own));
      const gradients = ([each, pairs]: [PairModel, PaddedPairs]) => {
        const { value, grads } = tf.variableGrads(() => each.loss(pairs, { dropoutKey: keyFor(1, 'test') }));
        return [value, ...Object.values(grads)].map((tensor) => tensor.dataSync());
      };
      expect(gradients([model, own])).toEqual(gradients([taught, guesses]));
    });

    it('training leaves no tensors behind, whatever is added to its loss', () => {
      const model = livelyPairModel({ ...wet, coverage: 1, labelSmoothing: 0.1, teacherForcing: 0.5 });
      const pairs = somePairs();
      lossOf(model, pairs, 1);
      const before = tensorsInUse();
      for (const seed of [1, 2]) lossOf(model, pairs, seed);
      expect(tensorsInUse()).toEqual(before);
    });
  });

  describe('mixed inputs', () => {
    const [B, T, V] = [8, 500, 3];
    const own = tf.zeros<tf.Rank.R2>([B, T], 'int32');
    /** The guess after every input is 2. */
    const logits = () =>
      tf.tensor3d(
        Array(B * T)
          .fill([0, 1, 5])
          .flat(),
        [B, T, V],
      );
    const mixed = (share: number, seed: number) =>
      mixedInputs(own, { share, key: keyFor(seed, 'test'), place: 2 }, logits).arraySync() as number[][];

    it.each([0, 0.25, 0.75, 1])(
      'are by a share of %d the target’s own, drawn from the key, and the others guesses',
      (share) => {
        const inputs = mixed(share, 1);
        expect(inputs.map((row) => row[0])).toEqual(Array(B).fill(0));
        const others = inputs.flatMap((row) => row.slice(1));
        expect(others.filter((input) => input !== 0 && input !== 2)).toEqual([]);
        const kept = others.filter((input) => input === 0).length / others.length;
        expect(Math.abs(kept - share)).toBeLessThanOrEqual(
          5 * Math.sqrt((share * (1 - share)) / others.length),
        );
        expect(mixed(share, 1)).toEqual(inputs);
        if (share > 0 && share < 1) expect(mixed(share, 2)).not.toEqual(inputs);
      },
    );
  });
});

describe('dropout', () => {
  const calls = dropoutCalls();

  it.each(COMBINATIONS)('has a mask of its own at every place: %s', (_, config) => {
    const model = livelyPairModel({ ...config, dropout: RATE, teacherForcing: 0.5 });
    lossOf(model, somePairs(), 1);
    expect(calls).toHaveLength(placesOf(config));
    expect(calls.every(({ rate }) => rate === RATE)).toBe(true);
    expect(new Set(calls.map(({ key }) => key)).size).toBe(calls.length);

    calls.length = 0;
    lossOf(model, somePairs());
    expect(calls).toEqual([]);
  });
});

/** The vectors of both texts; layers, or a block's attention and additions; attention to the source. */
function placesOf({ encoder, decoder, attention, layers }: Seq2SeqConfig): number {
  const looks = attention === 'none' ? 0 : 1;
  const encoding = isTransformer(encoder) ? 3 * layers : 2 * layers; // in both directions
  const decoding = isTransformer(decoder) ? (3 + 2 * looks) * layers : layers + looks;
  return 2 + encoding + decoding;
}

// Filling: rows of one text whose masked places are filled in, all rows side by side. What a row gets depends on (seed, row) alone.
import * as tf from '#tfjs';
import type { MaskedModel } from '../../architectures/masked-model.ts';
import { breathe } from '../../base/breathe.ts';
import { keyFor, Stream, shuffled } from '../../base/random.ts';
import { sampleTokens } from '../../ops/index.ts';
import type { SamplingOptions } from '../../sampling/options.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';
import { textsOf } from './batches.ts';

const NEVER = -1e9;

/** A token for a place, and how likely the model holds it there. */
interface Guess {
  place: number;
  token: number;
  probability: number;
}

export class Filling {
  /** Ids; those of masked places change. */
  readonly rows: readonly number[][];
  readonly #model: MaskedModel;
  readonly #options: SamplingOptions;
  readonly #known: number;
  readonly #places: readonly number[];
  readonly #signal: AbortSignal | undefined;
  readonly #streams: readonly Stream[];

  constructor(
    model: MaskedModel,
    tokenizer: Tokenizer,
    ids: readonly number[],
    options: SamplingOptions,
    signal: AbortSignal | undefined,
  ) {
    const { mask, vocabSize } = model.config;
    this.#model = model;
    this.#options = options;
    this.#known = Math.min(vocabSize, tokenizer.vocabSize);
    this.#places = ids.flatMap((id, place) => (id === mask ? [place] : []));
    this.#signal = signal;
    this.rows = Array.from({ length: options.numSamples }, () => [...ids]);
    this.#streams = this.rows.map((_, row) => new Stream(keyFor(options.seed, 'fill', row)));
  }

  /** A row's tokens in the places that were masked. */
  filled(row: number): number[] {
    return this.#places.map((place) => this.rows[row]![place]!);
  }

  /** One place after another: in each row the one whose token is the likeliest. */
  async easiestFirst(): Promise<void> {
    for (let left = this.#places.length; left > 0; left--) {
      const guesses = await this.#guess(this.rows.map((row) => this.#masked(row)));
      for (const [row, ofRow] of guesses.entries()) this.#put(row, [mostCertain(ofRow)]);
    }
  }

  /** Each pass guesses all masked places at once, then masks the least certain again, ever fewer (Ghazvininejad et al. 2019). */
  async maskPredict(passes: number): Promise<void> {
    const certain = this.rows.map(() => new Map<number, Guess>());
    for (let pass = 1; pass <= passes; pass++) {
      const guesses = await this.#guess(this.rows.map((row) => this.#masked(row)));
      const again = Math.floor((this.#places.length * (passes - pass)) / passes);
      for (const [row, ofRow] of guesses.entries()) {
        for (const guess of ofRow) certain[row]!.set(guess.place, guess);
        this.#put(row, ofRow);
        const ranked = [...certain[row]!.values()].sort((a, b) => a.probability - b.probability);
        for (const { place } of ranked.slice(0, again)) this.rows[row]![place] = this.#model.config.mask;
      }
      if (again === 0) return;
    }
  }

  /** In each pass each place is masked once and drawn again, in a random order. */
  async gibbs(passes: number): Promise<void> {
    for (let pass = 0; pass < passes; pass++) {
      const orders = this.#streams.map((stream) => shuffled(this.#places, stream));
      for (let i = 0; i < this.#places.length; i++) {
        const places = orders.map((order) => [order[i]!]);
        for (const [row, [place]] of places.entries()) this.rows[row]![place!] = this.#model.config.mask;
        for (const [row, guesses] of (await this.#guess(places)).entries()) this.#put(row, guesses);
      }
    }
  }

  #masked(row: readonly number[]): number[] {
    return this.#places.filter((place) => row[place] === this.#model.config.mask);
  }

  #put(row: number, guesses: readonly Guess[]): void {
    for (const { place, token } of guesses) this.rows[row]![place] = token;
  }

  /** Draws a token for each of the places of each row, from what the rows are now. */
  async #guess(places: readonly (readonly number[])[]): Promise<Guess[][]> {
    await breathe();
    this.#signal?.throwIfAborted();
    const { vocabSize, mask } = this.#model.config;
    const T = this.rows[0]!.length;
    const all = places.flatMap((ofRow, row) => ofRow.map((place) => ({ row, place })));
    const logits = tf.tidy(() => {
      const numbers = all.map(({ row, place }) => row * T + place);
      const texts = textsOf(Int32Array.from(this.rows.flat()), [this.rows.length, T], numbers);
      const neverMask = tf.oneHot(tf.scalar(mask, 'int32'), vocabSize).toFloat().mul(NEVER); // (V)
      return this.#model.logits(texts).add<tf.Tensor2D>(neverMask);
    });
    const seen = this.rows.map((row) => new Set(row));
    const choices = all.map(({ row }) => ({
      options: this.#options,
      seen: seen[row]!,
      uniform: this.#streams[row]!.uniform(),
    }));
    const tokens = await sampleTokens(logits, this.#known, choices);
    const probabilities = await likelihoods(logits, tokens);
    const guesses = this.rows.map((): Guess[] => []);
    for (const [i, { row, place }] of all.entries())
      guesses[row]!.push({ place, token: tokens[i]!, probability: probabilities[i]! });
    return guesses;
  }
}

/** Of logits (N, V), which it disposes of, the probability of each row's token. */
async function likelihoods(logits: tf.Tensor2D, tokens: Int32Array): Promise<ArrayLike<number>> {
  const chosen = tf.tidy(() =>
    tf
      .softmax(logits)
      .mul(tf.oneHot(tf.tensor1d(tokens, 'int32'), logits.shape[1]).toFloat())
      .sum(1),
  );
  logits.dispose();
  const values = await chosen.data();
  chosen.dispose();
  return values;
}

function mostCertain(guesses: readonly Guess[]): Guess {
  return guesses.reduce((best, guess) => (guess.probability > best.probability ? guess : best));
}

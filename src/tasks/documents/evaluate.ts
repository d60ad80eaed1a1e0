// How well an autoencoder knows texts: bounds on their probability, since the probability itself is an integral over all
// latent vectors. Both bounds are of −ln p from above: a text cannot cost more than they say.
import * as tf from '#tfjs';
import type { LatentModel } from '../../architectures/latent-model.ts';
import { breathe } from '../../base/breathe.ts';
import { evenlySpaced } from '../../base/evenly-spaced.ts';
import { keyFor, Stream } from '../../base/random.ts';
import type { Tokens } from '../../data/tokens.ts';
import { type ByteLength, bitsPerByte } from '../../evaluation/bits-per-byte.ts';
import { rowsAtOnce } from '../rows.ts';
import type { MeasureOptions, Measures } from '../task.ts';
import { selfPairs } from './batches.ts';
import { type Texts, textsOf } from './texts.ts';

export interface EvaluateTextsOptions extends Omit<MeasureOptions, 'tokenizer'> {
  /** Bytes of text behind a token; absent where tokens do not hold all of a text. */
  byteLength?: ByteLength | undefined;
  /** How many latent vectors are drawn for each text. */
  importance?: number | undefined;
}

/** `loss` and `bitsPerByte` are the evidence lower bound's (ELBO). */
export interface TextEvaluation extends Measures {
  /** Nats of a text that its latent vector leaves to be told. */
  reconstruction: number;
  /** Nats of a text that its latent vector tells: the divergence from the prior. */
  divergence: number;
  /** Latent dimensions whose mean differs from text to text (Burda et al. 2016): its variance is above 0.01. */
  activeUnits: number;
  latent: number;
  texts: number;
  /** Documents of the split that were cut, as they are longer than the context. */
  cut: number;
  context: number;
  importance: number;
  /** The importance-weighted bound (Burda et al. 2016), which is tighter; absent where one vector was drawn for each text. */
  importanceLoss?: number;
  importanceBitsPerByte?: number;
  bytes?: number;
}

const ACTIVE = 0.01;
const MOST_ROWS = 64;
/** Floats of logits held at once. */
const MOST_LOGITS = 2 ** 24;

/**
 * Measures how well an autoencoder knows the documents of a text.
 * @param options `importance` draws so many latent vectors for each text; `maxTokens` reads about so many tokens, spread evenly.
 */
export async function evaluateTexts(
  model: LatentModel,
  split: Tokens,
  { byteLength, importance = 1, maxTokens, onProgress }: EvaluateTextsOptions,
): Promise<TextEvaluation> {
  const { context, latent } = model.config;
  const texts = textsOf(split, context);
  const chosen = spread(texts, maxTokens);
  const rows = rowsAtOnce(model.config, MOST_ROWS, MOST_LOGITS);
  const sums = { tokens: 0, bytes: 0, reconstruction: 0, divergence: 0, weighted: 0 };
  const means = new Spread(latent);
  const total = Math.min(maxTokens ?? Infinity, texts.tokens);
  for (let at = 0; at < chosen.length; at += rows) {
    const some = chosen.slice(at, at + rows).map((index) => ({ index, ids: texts.at(index) }));
    for (const { index, ids } of some) {
      sums.tokens += ids.length;
      if (byteLength)
        for (const [i, id] of ids.entries()) sums.bytes += byteLength(id, ids[i - 1] ?? texts.before(index));
    }
    for (const { mean, divergence, losses } of await judged(model, some, importance)) {
      means.add(mean);
      sums.divergence += divergence;
      sums.reconstruction += average(losses.map(({ reconstruction }) => reconstruction));
      sums.weighted += weighted(losses);
    }
    onProgress?.(Math.min(sums.tokens, total), total);
    await breathe();
  }
  const { tokens, bytes } = sums;
  const nats = sums.reconstruction + sums.divergence;
  return {
    loss: nats / tokens,
    ...(byteLength && { bitsPerByte: bitsPerByte({ nats, bytes }), bytes }),
    ...(importance > 1 && {
      importanceLoss: sums.weighted / tokens,
      ...(byteLength && { importanceBitsPerByte: bitsPerByte({ nats: sums.weighted, bytes }) }),
    }),
    reconstruction: sums.reconstruction / chosen.length,
    divergence: sums.divergence / chosen.length,
    activeUnits: means.variances().filter((variance) => variance > ACTIVE).length,
    ...{ latent, tokens, cut: texts.cut, context, importance },
    texts: chosen.length,
  };
}

/** Indices of texts, as many as have about so many tokens. */
function spread(texts: Texts, maxTokens = Infinity): number[] {
  return evenlySpaced(texts.length, Math.max(1, Math.round((maxTokens / texts.tokens) * texts.length)));
}

/** What one latent vector makes of a text, in nats. */
interface Loss {
  /** −ln p(text | z) */
  reconstruction: number;
  /** ln q(z | text) − ln p(z) */
  excess: number;
}

interface Judged {
  mean: Float32Array;
  divergence: number;
  losses: Loss[];
}

/** The vectors of a text depend on its index and their number alone. */
async function judged(
  model: LatentModel,
  texts: readonly { index: number; ids: Int32Array }[],
  importance: number,
): Promise<Judged[]> {
  const { latent: D, end } = model.config;
  const padded = selfPairs(
    texts.map(({ ids }) => ids),
    end,
  );
  const posterior = model.posterior(padded.sources);
  const [mean, logVariance, divergence] = await Promise.all(
    [posterior.mean, posterior.logVariance, posterior.divergence].map((array) => array.data<'float32'>()),
  );
  const results = texts.map((_, b) => ({
    mean: mean!.subarray(b * D, (b + 1) * D),
    divergence: divergence!.subarray(b * D, (b + 1) * D).reduce((sum, nats) => sum + nats, 0),
    losses: [] as Loss[],
  }));
  for (let sample = 0; sample < importance; sample++) {
    const z = new Float32Array(texts.length * D);
    const excess = texts.map(({ index }, b) => {
      const random = new Stream(keyFor(0, 'latent', index, sample));
      let nats = 0;
      for (let i = b * D; i < (b + 1) * D; i++) {
        const noise = random.normal();
        z[i] = mean![i]! + Math.exp(logVariance![i]! / 2) * noise;
        nats += (z[i]! ** 2 - noise ** 2 - logVariance![i]!) / 2;
      }
      return nats;
    });
    const losses = tf.tidy(() => model.reconstruction(tf.tensor2d(z, [texts.length, D]), padded));
    for (const [b, reconstruction] of (await losses.data()).entries())
      results[b]!.losses.push({ reconstruction, excess: excess[b]! });
    losses.dispose();
  }
  tf.dispose([padded.sources.ids, padded.sources.lengths, padded.inputs, padded.targets]);
  tf.dispose([posterior.mean, posterior.logVariance, posterior.divergence]);
  return results;
}

/** −ln of the mean of p(text, z) / q(z | text). */
function weighted(losses: readonly Loss[]): number {
  const nats = losses.map(({ reconstruction, excess }) => reconstruction + excess);
  const least = Math.min(...nats);
  return least - Math.log(average(nats.map((each) => Math.exp(least - each))));
}

function average(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** The variance of each element of vectors (Welford 1962). */
class Spread {
  #count = 0;
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;

  constructor(size: number) {
    this.#mean = new Float64Array(size);
    this.#squares = new Float64Array(size);
  }

  add(vector: Float32Array): void {
    this.#count++;
    for (const [i, value] of vector.entries()) {
      const before = value - this.#mean[i]!;
      this.#mean[i]! += before / this.#count;
      this.#squares[i]! += before * (value - this.#mean[i]!);
    }
  }

  variances(): number[] {
    return Array.from(this.#squares, (sum) => sum / this.#count);
  }
}

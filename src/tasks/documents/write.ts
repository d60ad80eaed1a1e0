// Writes texts from latent vectors: drawn from the prior, a given text's own, or those on the way from one text to another.
import * as tf from '#tfjs';
import type { LatentModel } from '../../architectures/latent-model.ts';
import { StepDecoding } from '../../architectures/step-decoding.ts';
import { UsageError, unexpected } from '../../base/errors.ts';
import { keyFor, Stream } from '../../base/random.ts';
import { generate, type SampleEvent } from '../../sampling/generate.ts';
import { type SamplingInput, type SamplingOptions, samplingOptions } from '../../sampling/options.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';
import { paddedTexts } from '../padded.ts';

/** A text is written anew from its mean, by the likeliest tokens unless a temperature is given; without one, from the prior. */
export function writeText(
  model: LatentModel,
  tokenizer: Tokenizer,
  source: string,
  input: SamplingInput,
  signal?: AbortSignal,
): AsyncGenerator<SampleEvent, void> {
  if (source === '') {
    const options = checked(model, input);
    const vectors = Array.from({ length: options.numSamples }, (_, i) => fromPrior(model, options.seed, i));
    return written(model, tokenizer, async () => vectors, options, signal);
  }
  const options = checked(model, { temperature: 0, ...input });
  const text = encoded(model, tokenizer, source);
  const vectors = async () => Array<Float32Array>(options.numSamples).fill(await meanOf(model, text));
  return written(model, tokenizer, vectors, options, signal);
}

/** In equal steps from the mean of one text to that of the other, both included. */
export function walk(
  model: LatentModel,
  tokenizer: Tokenizer,
  [from, to]: readonly [string, string],
  steps: number,
  input: SamplingInput,
  signal?: AbortSignal,
): AsyncGenerator<SampleEvent, void> {
  if (!Number.isInteger(steps) || steps < 2) throw unexpected('steps', 'a whole number of 2 or more', steps);
  if (input.numSamples !== undefined)
    throw new UsageError('a walk writes one text a step', 'leave out --num-samples, and give --steps');
  const options = checked(model, { temperature: 0, ...input });
  const [first, last] = [encoded(model, tokenizer, from), encoded(model, tokenizer, to)];
  const vectors = async () => {
    const [start, goal] = [await meanOf(model, first), await meanOf(model, last)];
    const at = (share: number) => start.map((value, i) => (1 - share) * value + share * goal[i]!);
    return Array.from({ length: steps }, (_, i) => at(i / (steps - 1)));
  };
  return written(model, tokenizer, vectors, options, signal);
}

/** A text ends at the latest where the context does. */
function checked({ config: { context } }: LatentModel, input: SamplingInput): SamplingOptions {
  const options = samplingOptions({ maxTokens: context, ...input });
  if (options.beam > 1) throw new UsageError('a beam is for models of pairs', 'leave out --beam');
  return { ...options, maxTokens: Math.min(options.maxTokens, context) };
}

/** One text from each vector, side by side. */
async function* written(
  model: LatentModel,
  tokenizer: Tokenizer,
  vectorsOf: () => Promise<readonly Float32Array[]>,
  options: SamplingOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<SampleEvent, void> {
  const { config } = model;
  const vectors = await vectorsOf();
  const startDecoding = () => {
    const all = Float32Array.from(vectors.flatMap((vector) => [...vector]));
    const z = tf.tensor2d(all, [vectors.length, config.latent]);
    const steps = model.startTexts(z);
    z.dispose();
    return new StepDecoding(steps, vectors.length);
  };
  const writer = { config, startDecoding, startsApart: true } as const;
  yield* generate(writer, tokenizer, [config.end], { ...options, numSamples: vectors.length }, signal);
}

function fromPrior({ config: { latent } }: LatentModel, seed: number, sample: number): Float32Array {
  const random = new Stream(keyFor(seed, 'prior', sample));
  return Float32Array.from({ length: latent }, () => random.normal());
}

function encoded({ config: { context, end } }: LatentModel, tokenizer: Tokenizer, text: string): Int32Array {
  const ids = Int32Array.from([...tokenizer.encode(text), end]);
  if (ids.length > 1 && ids.length <= context) return ids;
  throw unexpected('the text', `from 1 to ${context - 1} tokens`, ids.length - 1);
}

async function meanOf(model: LatentModel, text: Int32Array): Promise<Float32Array> {
  const mean = tf.tidy(() => model.posterior(paddedTexts([text])).mean);
  const values = await mean.data<'float32'>();
  mean.dispose();
  return values;
}

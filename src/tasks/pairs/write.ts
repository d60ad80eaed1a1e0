// Writes targets of a source: several samples side by side, or the best that a beam search finds.
import * as tf from '#tfjs';
import type { Model } from '../../architectures/language-model.ts';
import type { PairModel } from '../../architectures/pair-model.ts';
import { StepDecoding } from '../../architectures/step-decoding.ts';
import { TsgptError, UsageError, unexpected } from '../../base/errors.ts';
import type { HeatMap } from '../../evaluation/heat-map.ts';
import type { Written } from '../../sampling/beam.ts';
import { generate, type SampleEvent, wholeSample } from '../../sampling/generate.ts';
import { type SamplingInput, samplingOptions } from '../../sampling/options.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';
import { paddedPairs } from './batches.ts';
import { searched, stepsOf } from './search.ts';

/** A target ends at the latest where the context does. Unless a temperature is given, its likeliest tokens are taken. */
export function writeTarget(
  model: PairModel,
  tokenizer: Tokenizer,
  source: string,
  input: SamplingInput,
  signal?: AbortSignal,
): AsyncGenerator<SampleEvent, void> {
  const { config } = model;
  const ids = encodedSource(model, tokenizer, source);
  const options = samplingOptions({ temperature: 0, ...input });
  const maxTokens = Math.min(options.maxTokens, config.context - 1);
  const isSearch = options.beam > 1 || (model.ctc !== undefined && options.temperature === 0);
  if (isSearch) {
    if (options.numSamples > 1)
      throw new UsageError('a search finds one target', 'leave out --num-samples, or draw: --temperature 1');
    const search = { ...options, maxTokens, end: config.end, signal };
    return found(tokenizer, () => searched(model, [ids], search));
  }
  const writer = { config, startDecoding: () => new StepDecoding(stepsOf(model, [ids]), 1) };
  return generate(writer, tokenizer, [config.end], { ...options, maxTokens }, signal);
}

async function* found(
  tokenizer: Tokenizer,
  search: () => Promise<Written[]>,
): AsyncGenerator<SampleEvent, void> {
  const [{ tokens, ended }] = (await search()) as [Written];
  const finish = ended ? 'end-of-text' : 'length';
  yield* wholeSample(0, { text: tokenizer.decode(tokens), tokens, finish });
}

/** How much each token of a target, and its end, looks at each of its source: the mean over the last attention's heads. */
export async function attentionOf(
  model: PairModel,
  tokenizer: Tokenizer,
  source: string,
  target: readonly number[],
): Promise<HeatMap> {
  const pair = { source: encodedSource(model, tokenizer, source), target: Int32Array.from(target) };
  const weights = tf.tidy(() => {
    const { sources, inputs } = paddedPairs([pair], model.config.end);
    return model.attention(sources, inputs)?.squeeze<tf.Tensor2D>([0]); // (T, S)
  });
  if (weights === undefined)
    throw new TsgptError(
      'this model has no attention to be drawn',
      'train one with --attention additive, dot or multihead',
    );
  const values = (await weights.array()) as number[][];
  weights.dispose();
  const textOf = (tokenizer: Tokenizer, ids: Int32Array) => Array.from(ids, (id) => tokenizer.decode([id]));
  return {
    title: 'What each token of the target looked at',
    rows: [...textOf(tokenizer, pair.target), 'end'],
    columns: textOf(tokenizer.source ?? tokenizer, pair.source),
    values,
  };
}

export function encodedSource(
  { config: { context } }: Pick<Model, 'config'>,
  tokenizer: Tokenizer,
  source: string,
): Int32Array {
  const ids = Int32Array.from((tokenizer.source ?? tokenizer).encode(source));
  if (ids.length > 0 && ids.length <= context) return ids;
  throw unexpected('the source', `from 1 to ${context} tokens`, ids.length);
}

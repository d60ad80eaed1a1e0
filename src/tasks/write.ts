// Lets a model write, as models of its task do.
import type { Model } from '../architectures/language-model.ts';
import { TsgptError, UsageError } from '../base/errors.ts';
import type { SampleEvent } from '../sampling/generate.ts';
import type { SamplingInput } from '../sampling/options.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { taskOf } from './list.ts';

/** Writes the texts on the way from one to another; refuses a model that knows no such way. */
export async function writeWalk(
  model: Model,
  tokenizer: Tokenizer,
  ends: readonly [string, string],
  steps: number,
  options: SamplingInput,
  signal?: AbortSignal,
): Promise<AsyncGenerator<SampleEvent, void>> {
  const task = taskOf(model.config);
  const { walk } = await task.load();
  if (walk) return walk(model, tokenizer, ends, steps, options, signal);
  throw new UsageError(`a model of ${task.name} knows no way between two texts`, 'leave out --between');
}

/** Refuses a model that writes nothing, and a prompt that the tokenizer cannot take, before anything is written. */
export async function write(
  model: Model,
  tokenizer: Tokenizer,
  prompt: string,
  options: SamplingInput,
  signal?: AbortSignal,
): Promise<AsyncGenerator<SampleEvent, void>> {
  const task = taskOf(model.config);
  const learning = await task.load();
  if (learning.write) return learning.write(model, tokenizer, prompt, options, signal);
  throw new TsgptError(`a model of ${model.config.arch} learns ${task.name}, and writes no text`);
}

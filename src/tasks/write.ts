// Lets a model write, as models of its task do.
import type { Model } from '../architectures/language-model.ts';
import { TsgptError } from '../base/errors.ts';
import type { SampleEvent } from '../sampling/generate.ts';
import type { SamplingInput } from '../sampling/options.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { taskOf } from './list.ts';

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

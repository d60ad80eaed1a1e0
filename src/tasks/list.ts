// The tasks there are: an architecture names the one that its models are trained for.
import type { ModelConfig } from '../architectures/config.ts';
import type { Model } from '../architectures/language-model.ts';
import { architectureOf } from '../architectures/list.ts';
import { nextToken } from './next-token/index.ts';
import type { Batch, Task } from './task.ts';

/** Each is written for its own kind of model and split; an architecture and a prepared text are of the same task. */
export type AnyTask = Task<Model, unknown, Batch>;

export const TASKS: readonly AnyTask[] = [nextToken];

export function taskOf(config: ModelConfig): AnyTask {
  const { task: wanted, name } = architectureOf(config);
  const task = TASKS.find(({ name }) => name === wanted);
  if (task) return task;
  throw new Error(`internal: ${name} is trained for ${wanted}, which is no task`);
}

// The tasks there are: an architecture names the one that its models are trained for.
import type { ModelConfig } from '../architectures/config.ts';
import { architectureOf } from '../architectures/list.ts';
import { documents } from './documents/index.ts';
import { labels } from './labels/index.ts';
import { masked } from './masked/index.ts';
import { nextToken } from './next-token/index.ts';
import { pairs } from './pairs/index.ts';
import type { Task } from './task.ts';

export const TASKS: readonly Task[] = [nextToken, pairs, labels, documents, masked];

export function taskOf(config: Pick<ModelConfig, 'arch'>): Task {
  const { task: wanted, name } = architectureOf(config);
  const task = TASKS.find(({ name }) => name === wanted);
  if (task) return task;
  throw new Error(`internal: ${name} is trained for ${wanted}, which is no task`);
}

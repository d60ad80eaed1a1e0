// The tasks there are: an architecture names the one that its models are trained for.
import type { ModelConfig } from '../architectures/config.ts';
import { ARCHITECTURES, architectureOf } from '../architectures/list.ts';
import { chat } from './chat/index.ts';
import { documents } from './documents/index.ts';
import { labels } from './labels/index.ts';
import { masked } from './masked/index.ts';
import { nextToken } from './next-token/index.ts';
import { pairs } from './pairs/index.ts';
import type { Task } from './task.ts';

export const TASKS: readonly Task[] = [nextToken, chat, pairs, labels, documents, masked];

/** The architectures that learn alike from such data: the first task that there is for it, as losses of several are not comparable. */
export function learnersFrom(kind: Task['data']): string[] {
  const { name } = TASKS.find(({ data }) => data === kind)!;
  return ARCHITECTURES.filter(({ task }) => task === name).map(({ name }) => name);
}

/** With `kind`: of the tasks that such models learn, the one for data of that kind; their own, where there is none for it. */
export function taskOf(config: Pick<ModelConfig, 'arch'>, kind?: Task['data']): Task {
  const { task: wanted, name, isFitted } = architectureOf(config);
  const further = TASKS.find(({ modelsOf, data }) => modelsOf === wanted && data === kind && !isFitted);
  const task = further ?? TASKS.find(({ name }) => name === wanted);
  if (task) return task;
  throw new Error(`internal: ${name} is trained for ${wanted}, which is no task`);
}

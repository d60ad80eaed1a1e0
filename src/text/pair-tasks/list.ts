// The generated tasks there are.
import { builtinName, wholeSize } from '../builtin-name.ts';
import { dates } from './dates.ts';
import type { PairTask } from './pair-task.ts';
import { repeats } from './repeats.ts';
import { reverseTask } from './reverse.ts';
import { stretched } from './stretched.ts';
import { summaries } from './summaries.ts';
import { sums } from './sums.ts';
import { tags } from './tags.ts';

export const PAIR_TASKS: readonly PairTask[] = [
  reverseTask('builtin:reverse'),
  dates,
  sums,
  tags,
  stretched,
  repeats,
  summaries,
];

/** builtin:reverse takes a size, as builtin:reverse-20; undefined where the name is none of a task. */
export function pairTaskNamed(name: string): PairTask | undefined {
  const { kind, size } = builtinName(name) ?? {};
  if (kind === 'reverse' && size !== undefined) return reverseTask(name, wholeSize(kind, size));
  return PAIR_TASKS.find((task) => task.name === name);
}

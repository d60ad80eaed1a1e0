// Batches of conversations of like length, as many as have room in batch size × context tokens. Every conversation comes once in
// an epoch, whose order is a pure function of the seed and the epoch; each epoch has as many batches as every other.

import { keyFor, Stream, shuffled } from '../../base/random.ts';
import type { Example } from '../../chat/tokens.ts';
import type { Conversations } from '../../data/conversations.ts';
import type { Batch, BatchPlace } from '../task.ts';
import { cutTo, inputsOf, learnedIn, usable } from './rows.ts';

export interface ChatBatch extends Batch {
  examples: readonly Example[];
}

/** What all epochs share. */
interface Plan {
  readonly conversations: readonly number[];
  /** By conversation: the lengths of a class are at most a twenty-fourth apart, so that little of a batch is padding. */
  readonly classOf: ReadonlyMap<number, number>;
  /** Where in the conversations, the longest class first, each batch begins. */
  readonly starts: readonly number[];
}

interface Epoch {
  readonly key: string;
  readonly batches: readonly (readonly number[])[];
}

const plans = new WeakMap<Conversations, Map<string, Plan>>();
const epochs = new WeakMap<Conversations, Epoch>();

export function batchAt(split: Conversations, place: BatchPlace): ChatBatch {
  const { context, step, micro, micros = 1 } = place;
  const plan = planOf(split, place);
  const index = step * micros + micro;
  const { batches } = epochOf(split, plan, place, Math.floor(index / plan.starts.length));
  const examples = batches[index % batches.length]!.map((i) => cutTo(context, split.at(i)));
  return {
    examples,
    size: examples.reduce((sum, { ids }) => sum + ids.length - 1, 0),
    counted: examples.reduce((sum, example) => sum + learnedIn(example), 0),
  };
}

function planOf(split: Conversations, { batchSize, context }: BatchPlace): Plan {
  const known = plans.get(split) ?? new Map<string, Plan>();
  plans.set(split, known);
  const key = `${batchSize} × ${context}`;
  const plan = known.get(key) ?? planned(split, batchSize, context);
  known.set(key, plan);
  return plan;
}

function planned(split: Conversations, batchSize: number, context: number): Plan {
  const conversations = usable(split, context);
  const classOf = new Map(conversations.map((i) => [i, classFor(inputsOf(split, i, context), context)]));
  const lengths = conversations.map((i) => classOf.get(i)!).sort((a, b) => b - a);
  const starts: number[] = [];
  for (let at = 0; at < lengths.length; at += Math.floor((batchSize * context) / lengths[at]!))
    starts.push(at);
  return { conversations, classOf, starts };
}

/** The longest that a conversation of this class may be. */
function classFor(length: number, context: number): number {
  let most = 1;
  while (most < length) most = Math.min(context, Math.max(most + 1, Math.floor((most * 25) / 24)));
  return most;
}

/** The last one that was asked for is kept. */
function epochOf(split: Conversations, plan: Plan, place: BatchPlace, epoch: number): Epoch {
  const { seed, batchSize, context } = place;
  const key = [seed, epoch, batchSize, context].join();
  const known = epochs.get(split);
  if (known?.key === key) return known;
  const { conversations, classOf, starts } = plan;
  const random = new Stream(keyFor(seed, 'epoch', epoch));
  const order = shuffled(conversations, random).sort((a, b) => classOf.get(b)! - classOf.get(a)!); // stable
  const batches = starts.map((start, i) => order.slice(start, starts[i + 1]));
  const made = { key, batches: shuffled(batches, random) };
  epochs.set(split, made);
  return made;
}

// Windows at random places of a text, or of a mix of texts: a pure function of (seed, step, micro-batch).
import { TsgptError } from '../base/errors.ts';
import { drawnInEpochs } from '../base/permutation.ts';
import { keyFor, Stream, shuffled } from '../base/random.ts';
import type { MixedTokens, Tokens } from '../data/tokens.ts';
import { placesOf, randomOf } from './drawn.ts';
import type { BatchPlace } from './task.ts';

/** Refuses a split that is shorter than one window and the successor of the window's last token. */
export function checkLength(tokens: Tokens, context: number): void {
  for (const { length } of tokens.mix?.map((part) => part.tokens) ?? [tokens])
    if (length <= context)
      throw new TsgptError(
        `expected at least ${context + 1} tokens for a context of ${context}, but the split has ${length}`,
        `lower context or window to ${length - 1} or less, or prepare more text`,
      );
}

/** Each of `context` tokens, and the one that follows. */
export function randomWindows(tokens: Tokens, place: BatchPlace): Int32Array[] {
  const { context, order } = place;
  checkLength(tokens, context);
  const random = randomOf(place);
  return placesOf(place).map((number) => {
    const from = tokens.mix ? partOf(tokens.mix, number, place.seed) : { part: 0, tokens, number };
    const { length } = from.tokens;
    const start = order === 'shuffled' ? startInEpoch(from, place) : random.below(length - context);
    return from.tokens.read(start, context + 1);
  });
}

interface Drawn {
  /** Which part of a mix it is from, and how many examples came from it before. */
  part: number;
  tokens: Tokens;
  number: number;
}

/** An epoch goes through windows that do not overlap, each once. The first begins elsewhere in every epoch. */
function startInEpoch({ part, tokens: { length }, number }: Drawn, { context, seed }: BatchPlace): number {
  const windows = Math.floor((length - 1) / context);
  const { index, epoch } = drawnInEpochs(number, windows, keyFor(seed, 'epoch', part));
  const first = new Stream(keyFor(seed, 'first window', part, epoch)).below(length - windows * context);
  return first + index * context;
}

/** So many examples, one after the other, are divided by the weights; which of them are whose is random. */
const BLOCK = 1000;

interface Block {
  key: string;
  parts: readonly number[];
  /** By example: how many of the block before it are of its part. */
  before: readonly number[];
}

/** The block that was drawn from last. */
const blocks = new WeakMap<readonly MixedTokens[], Block>();

function partOf(mix: readonly MixedTokens[], number: number, seed: number): Drawn {
  const block = Math.floor(number / BLOCK);
  const key = `${seed} ${block}`;
  const known = blocks.get(mix);
  const { parts, before } = known?.key === key ? known : drawnBlock(mix, seed, block);
  blocks.set(mix, { key, parts, before });
  const at = number % BLOCK;
  const part = parts[at]!;
  return { part, tokens: mix[part]!.tokens, number: block * countsOf(mix)[part]! + before[at]! };
}

function drawnBlock(mix: readonly MixedTokens[], seed: number, block: number): Omit<Block, 'key'> {
  const counts = countsOf(mix);
  const all = counts.flatMap((count, part) => Array.from({ length: count }, () => part));
  const parts = shuffled(all, new Stream(keyFor(seed, 'mix', block)));
  const seen = counts.map(() => 0);
  return { parts, before: parts.map((part) => seen[part]!++) };
}

/** How many of a block's examples are each part's: they add up, as they are differences of rounded sums. */
function countsOf(mix: readonly MixedTokens[]): number[] {
  const total = mix.reduce((sum, { weight }) => sum + weight, 0);
  let [sum, before] = [0, 0];
  return mix.map(({ weight }) => {
    sum += weight;
    const upTo = Math.round((BLOCK * sum) / total);
    const count = upTo - before;
    before = upTo;
    return count;
  });
}

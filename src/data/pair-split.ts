// Decides which pairs are held back, for validation and for a last test. A pair's draw is a function of the seed and its source
// alone, so that no source that is measured on was trained on.
import { TsgptError } from '../base/errors.ts';
import { keyFor, Stream } from '../base/random.ts';
import type { PrepareProgress } from './encode.ts';

export const PAIR_SPLITS = ['train', 'val', 'test'] as const;
export type PairSplitName = (typeof PAIR_SPLITS)[number];

/** Items that can be read again from the start, each of which belongs to one split. */
export interface Splittable<Item> {
  /** As errors name them. */
  readonly description: string;
  /** What errors say of there being too few: "pairs with at least three different sources", and what to do. */
  readonly enough: readonly [what: string, hint: string];
  items(): AsyncIterable<Item>;
  /** What the split is drawn by. */
  keyOf(item: Item): string;
  bytesOf(item: Item): number;
}

interface Splitting {
  valFraction: number;
  seed: number;
  onProgress?: ((progress: PrepareProgress) => void) | undefined;
}

/** The files of a split that is written. */
interface SplitWriter<Meta> {
  finish(): Meta;
  close(): void;
}

type PairSplitRule = (source: string) => PairSplitName;

/** `given` is what a draw is made of, which is like a source. */
export function describePairSplit(valFraction: number, what = 'a pair', given = 'source'): string {
  return (
    `${what} is val if the uniform draw of its ${given} text is below ${valFraction}, else test if it is below ` +
    `${2 * valFraction}, else train (the lowest draw is always val, the highest always train, and of the others the ` +
    `nearest to the middle of test always test); equal ${given} texts have equal draws`
  );
}

/** Sees every source once before it makes the rule, so that no split is empty. */
export class PairSplitter {
  readonly #valFraction: number;
  readonly #seed: number;
  #lowest = 1;
  #highest = -1;
  /** The three draws nearest to the middle of test's share: two of them may be the lowest and the highest. */
  #nearest: number[] = [];

  constructor(valFraction: number, seed: number) {
    this.#valFraction = valFraction;
    this.#seed = seed;
  }

  see(source: string): void {
    const drawn = this.#draw(source);
    this.#lowest = Math.min(this.#lowest, drawn);
    this.#highest = Math.max(this.#highest, drawn);
    if (this.#nearest.includes(drawn)) return;
    const distance = (draw: number) => Math.abs(draw - 1.5 * this.#valFraction);
    this.#nearest = [...this.#nearest, drawn].sort((a, b) => distance(a) - distance(b)).slice(0, 3);
  }

  /** Undefined where fewer than three different sources were seen. */
  rule(): PairSplitRule | undefined {
    const test = this.#nearest.find((draw) => draw !== this.#lowest && draw !== this.#highest);
    if (test === undefined) return undefined;
    return (source) => {
      const drawn = this.#draw(source);
      if (drawn === test) return 'test';
      if (drawn === this.#highest) return 'train';
      if (drawn === this.#lowest || drawn < this.#valFraction) return 'val';
      return drawn < 2 * this.#valFraction ? 'test' : 'train';
    };
  }

  #draw(source: string): number {
    return new Stream(keyFor(this.#seed, `pair split ${source}`)).uniform();
  }
}

/** Reads all items once, to decide the splits; what it returns reads them again, and writes each to its own. */
export async function splitterOf<Item>(
  { description, enough: [what, hint], items, keyOf, bytesOf }: Splittable<Item>,
  { valFraction, seed, onProgress }: Splitting,
) {
  const splitter = new PairSplitter(valFraction, seed);
  let totalBytes = 0;
  for await (const item of items()) {
    splitter.see(keyOf(item));
    totalBytes += bytesOf(item);
    onProgress?.({ phase: 'count', bytes: totalBytes });
  }
  const rule = splitter.rule();
  if (rule === undefined)
    throw new TsgptError(`expected ${what}, one for each split, but ${description} has fewer`, hint);

  return async <Meta, Writer extends SplitWriter<Meta>>(
    open: (split: PairSplitName) => Writer & SplitWriter<Meta>,
    write: (item: Item, to: Writer) => void | Promise<void>,
  ): Promise<Record<PairSplitName, Meta>> => {
    const files = { train: open('train'), val: open('val'), test: open('test') };
    try {
      let bytes = 0;
      for await (const item of items()) {
        await write(item, files[rule(keyOf(item))]);
        bytes += bytesOf(item);
        onProgress?.({ phase: 'encode', bytes, totalBytes });
      }
      if (bytes !== totalBytes)
        throw new TsgptError(`${description} changed while it was read`, 'prepare it again');
      return { train: files.train.finish(), val: files.val.finish(), test: files.test.finish() };
    } finally {
      for (const split of PAIR_SPLITS) files[split].close();
    }
  };
}

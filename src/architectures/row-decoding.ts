// RowDecoding: what decoding has in common whatever the architecture. Rows begin, grow and end independently, and each is
// computed so that it does not depend on those beside it.
import * as tf from '#tfjs';
import { batchInvariant } from '../ops/index.ts';
import type { Decoding, Portion } from './language-model.ts';

/** What an architecture keeps of texts, each in a place of its own. */
export interface Places {
  /** An empty text is at that place from now on. */
  begin(place: number): void;
  /** Takes note of what follows in a text; returns what must be run for it: more than that where the text starts anew. */
  push(place: number, tokens: ArrayLike<number>): ArrayLike<number>;
  /** Runs tokens (B, n) of those places → the next token's logits, (B, V) */
  next(places: readonly number[], tokens: tf.Tensor2D): tf.Tensor2D;
  /** The text at one place is at others too from now on. */
  copy(from: number, to: readonly number[]): void;
  end(place: number): void;
  dispose(): void;
}

export class RowDecoding implements Decoding {
  readonly #places: Places;
  /** Places in use: the rows. */
  readonly #rows = new Set<number>();

  constructor(places: Places) {
    this.#places = places;
  }

  join(): number {
    const row = this.#take();
    this.#places.begin(row);
    return row;
  }

  fork(row: number, count: number): number[] {
    this.#check(row);
    const rows = Array.from({ length: count }, () => this.#take());
    if (count > 0) tf.tidy(() => this.#places.copy(row, rows));
    return rows;
  }

  /** One token each of many rows is one step of them all; more tokens are run row by row, which is as quick. */
  feed(portions: readonly Portion[]): tf.Tensor2D {
    this.#checkPortions(portions);
    const runs = portions.map(({ row, tokens }) => this.#places.push(row, tokens));
    const [steps, stretches] = [true, false].map((single) =>
      [...runs.keys()].filter((i) => (runs[i]!.length === 1) === single),
    ) as [number[], number[]];
    const groups = [...(steps.length > 0 ? [steps] : []), ...stretches.map((i) => [i])];
    return tf.tidy(() => {
      const next = (group: number[]) => {
        const tokens = Int32Array.from(group.flatMap((i) => Array.from(runs[i]!)));
        return this.#places.next(
          group.map((i) => portions[i]!.row),
          tf.tensor2d(tokens, [group.length, runs[group[0]!]!.length], 'int32'), // one length in a group
        );
      };
      const parts = groups.map((group) =>
        group === steps ? batchInvariant(() => next(group)) : next(group),
      );
      return parts.length === 1 ? parts[0]! : inOrder(tf.concat(parts), groups.flat());
    });
  }

  leave(row: number): void {
    this.#check(row);
    this.#rows.delete(row);
    this.#places.end(row);
  }

  dispose(): void {
    this.#rows.clear();
    this.#places.dispose();
  }

  /** The lowest place that is free. */
  #take(): number {
    let row = 0;
    while (this.#rows.has(row)) row++;
    this.#rows.add(row);
    return row;
  }

  #check(row: number): void {
    if (!this.#rows.has(row)) throw new Error(`decoding: expected a row that has joined, but got ${row}`);
  }

  #checkPortions(portions: readonly Portion[]): void {
    if (portions.length === 0) throw new Error('decoding: expected tokens of at least one row, but got none');
    for (const [i, { row, tokens }] of portions.entries()) {
      this.#check(row);
      if (tokens.length === 0) throw new Error(`decoding: expected tokens of row ${row}, but got none`);
      if (portions.findIndex((portion) => portion.row === row) !== i)
        throw new Error(`decoding: expected each row once, but got ${row} twice`);
    }
  }
}

/** Row i of `logits` is that of portion order[i]; back come the portions' in their own order. */
function inOrder(logits: tf.Tensor2D, order: readonly number[]): tf.Tensor2D {
  const places = order.map((_, portion) => order.indexOf(portion));
  return tf.gather(logits, places);
}

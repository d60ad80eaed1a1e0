// What a stacked model keeps of texts that it decodes: its layers' states after each of them, a row of them a place.
import type * as tf from '#tfjs';
import type { Places } from '../row-decoding.ts';
import { StackedMemory } from './memory.ts';

/** tokens (B, n), which follow what the memory's B rows remember → the next token's logits, (B, V) */
type Next = (tokens: tf.Tensor2D, memory: StackedMemory) => tf.Tensor2D;

export class StackedPlaces implements Places {
  readonly #empty: () => StackedMemory;
  readonly #next: Next;
  /** Rows are places. */
  #all: StackedMemory;

  /** `empty` makes the memory of one row before a text. */
  constructor(empty: () => StackedMemory, next: Next) {
    this.#empty = empty;
    this.#next = next;
    this.#all = empty();
  }

  begin(place: number): void {
    const empty = this.#empty();
    this.#put(empty, [place]);
    empty.dispose();
  }

  push(_place: number, tokens: ArrayLike<number>): ArrayLike<number> {
    return tokens;
  }

  next(places: readonly number[], tokens: tf.Tensor2D): tf.Tensor2D {
    // Where all are fed, as one alone is, nothing moves.
    if (places.length === this.#all.rows && places.every((place, i) => place === i))
      return this.#next(tokens, this.#all);
    const fed = StackedMemory.picked([this.#all], places);
    const logits = this.#next(tokens, fed);
    this.#put(fed, places);
    fed.dispose();
    return logits;
  }

  copy(from: number, to: readonly number[]): void {
    const copied = StackedMemory.picked(
      [this.#all],
      to.map(() => from),
    );
    this.#put(copied, to);
    copied.dispose();
  }

  end(): void {}

  dispose(): void {
    this.#all.dispose();
  }

  /** Row i of a memory becomes that of places[i]. */
  #put(memory: StackedMemory, places: readonly number[]): void {
    const before = this.#all;
    const rows = Array.from({ length: Math.max(before.rows, 1 + Math.max(...places)) }, (_, place) => {
      const i = places.indexOf(place);
      return i < 0 ? place : before.rows + i;
    });
    this.#all = StackedMemory.picked([before, memory], rows);
    before.dispose();
  }
}

// StepDecoding: targets that grow in step, as rows that fork and leave.
import type * as tf from '#tfjs';
import type { Decoding, Portion } from './language-model.ts';
import type { Steps } from './pair-model.ts';

export class StepDecoding implements Decoding {
  readonly #steps: Steps;
  /** The decoding's row that stands in each of the steps' rows. */
  #standing: number[];
  #joined = 0;

  /** One row a source. */
  constructor(steps: Steps, sources: number) {
    this.#steps = steps;
    this.#standing = Array.from({ length: sources }, (_, row) => row);
  }

  join(): number {
    if (this.#joined === this.#standing.length) throw new Error('decoding: each source has its row already');
    return this.#joined++;
  }

  fork(row: number, count: number): number[] {
    const first = 1 + Math.max(...this.#standing);
    const rows = Array.from({ length: count }, (_, i) => first + i);
    const place = this.#placeOf(row);
    this.#arrange([...this.#standing.keys(), ...rows.map(() => place)], [...this.#standing, ...rows]);
    return rows;
  }

  /** One token each of all rows that are left. */
  feed(portions: readonly Portion[]): tf.Tensor2D {
    const rows = portions.map(({ row }) => row);
    if (rows.length !== this.#standing.length || rows.some((row, i) => row !== this.#standing[i]))
      this.#arrange(
        rows.map((row) => this.#placeOf(row)),
        rows,
      );
    return this.#steps.feed(portions.map(({ tokens }) => tokens[0]!));
  }

  /** Its place is given up when the others are fed next. */
  leave(): void {}

  dispose(): void {
    this.#steps.dispose();
  }

  #placeOf(row: number): number {
    return this.#standing.indexOf(row);
  }

  #arrange(places: readonly number[], rows: readonly number[]): void {
    this.#steps.reorder(places);
    this.#standing = [...rows];
  }
}

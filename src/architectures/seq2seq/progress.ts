// Progress: what a decoder keeps of targets that grow in step, a row each.
import * as tf from '#tfjs';
import type { AttentionCache } from '../../ops/index.ts';
import type { StackedMemory } from '../stacked/memory.ts';

export class Progress {
  /** How many tokens each row has by now. */
  length = 0;
  /** The states of recurrent or convolutional layers. */
  memory: StackedMemory | undefined;
  /** The keys and values of each block. */
  readonly caches: readonly AttentionCache[];
  /** How much each attention that covers has looked where, (R, H, 1, S). */
  readonly #coverage: tf.Tensor4D[] = [];

  constructor(kept: { memory?: StackedMemory; caches?: readonly AttentionCache[] }) {
    this.memory = kept.memory;
    this.caches = kept.caches ?? [];
  }

  coverageOf(attention: number): tf.Tensor4D | undefined {
    return this.#coverage[attention];
  }

  cover(attention: number, coverage: tf.Tensor4D): void {
    tf.dispose(this.#coverage[attention] ?? []);
    this.#coverage[attention] = tf.keep(coverage);
  }

  /** Row i becomes what row `rows[i]` is. */
  reorder(rows: readonly number[]): void {
    const before = this.memory;
    this.memory = before?.picked(rows);
    before?.dispose();
    for (const cache of this.caches) cache.pick(rows);
    for (const [i, coverage] of this.#coverage.entries())
      tf.tidy(() => this.cover(i, tf.gather(coverage, [...rows])));
  }

  dispose(): void {
    this.memory?.dispose();
    for (const cache of this.caches) cache.dispose();
    tf.dispose(this.#coverage);
  }
}

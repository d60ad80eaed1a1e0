// RotaryTable: the cosines and sines of rotary positions, as many as were needed so far. A model may have room for a million
// positions, and never see them.
import * as tf from '#tfjs';
import { rotationsOf } from '../../ops/index.ts';

const AT_ONCE = 4096;

export class RotaryTable {
  readonly #frequencies: readonly number[];
  readonly #context: number;
  #rotations: tf.Tensor2D;

  constructor(frequencies: readonly number[], context: number) {
    this.#frequencies = frequencies;
    this.#context = context;
    this.#rotations = this.#make(AT_ONCE);
  }

  /** (P, 2F) of F frequencies, of at least `length` positions; it is the table's own. */
  upTo(length: number): tf.Tensor2D {
    const known = this.#rotations.shape[0];
    if (length > known) {
      this.#rotations.dispose();
      this.#rotations = this.#make(Math.max(length, 2 * known));
    }
    return this.#rotations;
  }

  dispose(): void {
    this.#rotations.dispose();
  }

  #make(positions: number): tf.Tensor2D {
    return tf.keep(rotationsOf(this.#frequencies, Math.min(positions, this.#context)));
  }
}

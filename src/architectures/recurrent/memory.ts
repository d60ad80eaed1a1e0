// RecurrentMemory: the states of a model's layers after a stretch of text, of each row of a batch.
import * as tf from '#tfjs';
import type { RecurrentState } from '../../ops/index.ts';
import type { Memory } from '../language-model.ts';
import type { RecurrentLayer } from './layer.ts';

export class RecurrentMemory implements Memory {
  /** Of each layer, its arrays (B, C) by name. */
  readonly #states: RecurrentState[];

  private constructor(states: RecurrentState[]) {
    this.#states = states.map(keep);
  }

  static empty(batch: number, layers: readonly RecurrentLayer[]): RecurrentMemory {
    return new RecurrentMemory(layers.map((layer) => layer.emptyState(batch)));
  }

  /** Of the rows of all memories, one memory's after another's, those of these numbers. */
  static picked(memories: readonly RecurrentMemory[], rows: readonly number[]): RecurrentMemory {
    const states = tf.tidy(() =>
      memories[0]!.#states.map((first, layer) =>
        mapState(first, (_, name) => {
          const parts = memories.map((memory) => memory.#states[layer]![name]);
          return tf.gather(tf.concat(parts), [...rows]);
        }),
      ),
    );
    return new RecurrentMemory(states);
  }

  get rows(): number {
    return this.#states[0]!.hidden.shape[0];
  }

  advance(index: number, layer: RecurrentLayer, x: tf.Tensor3D): tf.Tensor3D {
    const before = this.#states[index]!;
    const { outputs, state } = layer.continueFrom(x, before);
    this.#states[index] = keep(state);
    tf.dispose(before);
    return outputs;
  }

  dispose(): void {
    tf.dispose(this.#states);
  }
}

type Change = (array: tf.Tensor2D, name: keyof RecurrentState) => tf.Tensor2D;

function mapState(state: RecurrentState, change: Change): RecurrentState {
  const entries = Object.entries(state).map(([name, array]) => [
    name,
    change(array, name as keyof RecurrentState),
  ]);
  return Object.fromEntries(entries);
}

function keep(state: RecurrentState): RecurrentState {
  return mapState(state, (array) => tf.keep(array));
}

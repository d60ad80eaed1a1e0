// StackedMemory: the states of a model's layers after a stretch of text, of each row of a batch.
import * as tf from '#tfjs';
import type { Memory } from '../language-model.ts';
import type { LayerState, StackedLayer } from './layer.ts';

export class StackedMemory implements Memory {
  /** Of each layer, its arrays (B, …) by name. */
  readonly #states: LayerState[];

  private constructor(states: LayerState[]) {
    this.#states = states.map(keep);
  }

  static empty(batch: number, layers: readonly StackedLayer[]): StackedMemory {
    return new StackedMemory(layers.map((layer) => layer.emptyState(batch)));
  }

  /** Of the rows of all memories, one memory's after another's, those of these numbers. */
  static picked(memories: readonly StackedMemory[], rows: readonly number[]): StackedMemory {
    const states = tf.tidy(() =>
      memories[0]!.#states.map((first, layer) =>
        mapState(first, (_, name) => {
          const parts = memories.map((memory) => memory.#states[layer]![name]!);
          return tf.gather(tf.concat(parts), [...rows]);
        }),
      ),
    );
    return new StackedMemory(states);
  }

  /** The rows of these numbers. */
  picked(rows: readonly number[]): StackedMemory {
    return StackedMemory.picked([this], rows);
  }

  get rows(): number {
    return Object.values(this.#states[0]!)[0]!.shape[0]!;
  }

  advance(index: number, layer: StackedLayer, x: tf.Tensor3D): tf.Tensor3D {
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

function mapState(state: LayerState, change: (array: tf.Tensor, name: string) => tf.Tensor): LayerState {
  return Object.fromEntries(Object.entries(state).map(([name, array]) => [name, change(array, name)]));
}

function keep(state: LayerState): LayerState {
  return mapState(state, (array) => tf.keep(array));
}

// StackedLayer: the base of layers that a stacked model is made of, over a whole sequence or on from a given state.
import type * as tf from '#tfjs';
import { ModelLayer, one } from '../../layers/index.ts';

/** What a layer carries from one stretch of text to the next: arrays (B, …) by name. */
export type LayerState = Readonly<Record<string, tf.Tensor>>;

export abstract class StackedLayer extends ModelLayer {
  /** (B, T, C) → (B, T, C), from an empty state. */
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = one<tf.Tensor3D>(inputs);
    return this.joined(x, this.run(x));
  }

  /** The layer's outputs, from an empty state. */
  abstract run(x: tf.Tensor3D): tf.Tensor3D;

  /** The same from a given state, without a gradient. */
  abstract continueFrom(x: tf.Tensor3D, state: LayerState): { outputs: tf.Tensor3D; state: LayerState };

  /** The state before a text, of so many rows. */
  abstract emptyState(batch: number): LayerState;

  /** What the next layer gets of this one's input and outputs: the outputs, unless there is a residual connection. */
  joined(_x: tf.Tensor3D, outputs: tf.Tensor3D): tf.Tensor3D {
    return outputs;
  }
}

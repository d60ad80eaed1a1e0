// Stack: layers of one of the rooms, from the left to the right, as a part of a larger model.
import type * as tf from '#tfjs';
import type { Key } from '../../base/random.ts';
import { dropAt, LayerNorm, ModelLayer } from '../../layers/index.ts';
import { dropout } from '../../ops/index.ts';
import type { StackedLayer } from '../stacked/layer.ts';
import type { StackedMemory } from '../stacked/memory.ts';

export interface StackShape {
  layers: number;
  layer: (i: number) => StackedLayer;
  finalNorm: boolean;
  width: number;
  /** The share of each layer's outputs that is dropped in training; `place` and those after it tell their masks from others. */
  rate: number;
  place: number;
}

export class Stack extends ModelLayer {
  static className = 'Stack';
  readonly layers: readonly StackedLayer[];
  readonly #norm: LayerNorm | undefined;
  readonly #shape: StackShape;

  constructor(shape: StackShape) {
    super({});
    this.#shape = shape;
    this.layers = Array.from({ length: shape.layers }, (_, i) => this.child(String(i), shape.layer(i)));
    this.#norm = shape.finalNorm ? this.child('norm', new LayerNorm({ width: shape.width })) : undefined;
  }

  /** (B, T, C) → (B, T, C), from an empty state, or on from a memory, which goes on with it. */
  run(x: tf.Tensor3D, dropoutKey?: Key, memory?: StackedMemory): tf.Tensor3D {
    const { rate, place } = this.#shape;
    let stream = x;
    for (const [i, layer] of this.layers.entries()) {
      const outputs = memory ? memory.advance(i, layer, stream) : layer.run(stream);
      stream = layer.joined(stream, dropout(outputs, dropAt(rate, dropoutKey, place + i)) as tf.Tensor3D);
    }
    return this.#norm ? (this.#norm.apply(stream) as tf.Tensor3D) : stream;
  }
}

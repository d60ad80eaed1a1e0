// LayerNorm over the last dimension.
import * as tf from '#tfjs';
import { layerNorm } from '../ops/index.ts';
import { type FloatsPerToken, type LayerArgs, ModelLayer, one } from './model-layer.ts';
import { normSpecs } from './parameters.ts';

/** Each vector to mean 0 and variance 1, then scaled and shifted by what is learned. */
export class LayerNorm extends ModelLayer {
  static className = 'LayerNorm';
  readonly #width: number;

  constructor(config: { width: number } & LayerArgs) {
    super(config);
    this.#width = config.width;
  }

  override build(): void {
    this.addParameters(normSpecs(this.#width));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return layerNorm(one(inputs), this.read('weight'), this.read('bias'));
  }

  override floatsPerToken(): FloatsPerToken {
    return { kept: this.#width + 2, working: 2 * this.#width, widest: this.#width };
  }

  override getConfig() {
    return { ...super.getConfig(), width: this.#width };
  }
}
tf.serialization.registerClass(LayerNorm);

// LayerNorm over the last dimension.
import * as tf from '#tfjs';
import { layerNorm } from '../ops/index.ts';
import { type FloatsPerToken, type LayerArgs, ModelLayer, one } from './model-layer.ts';
import { normSpecs } from './parameters.ts';

/** Each vector to mean 0 and variance 1, then scaled and shifted by what is learned. */
export class LayerNorm extends ModelLayer {
  static className = 'LayerNorm';
  readonly #width: number;
  readonly #epsilon: number | undefined;

  constructor(config: { width: number; epsilon?: number } & LayerArgs) {
    super(config);
    this.#width = config.width;
    this.#epsilon = config.epsilon;
  }

  override build(): void {
    this.addParameters(normSpecs(this.#width));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return layerNorm(one(inputs), this.read('weight'), this.read('bias'), this.#epsilon);
  }

  override floatsPerToken(): FloatsPerToken {
    return { kept: this.#width + 2, working: 2 * this.#width, widest: this.#width };
  }

  override getConfig() {
    return {
      ...super.getConfig(),
      width: this.#width,
      ...(this.#epsilon !== undefined && { epsilon: this.#epsilon }),
    };
  }
}
tf.serialization.registerClass(LayerNorm);

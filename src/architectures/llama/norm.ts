// RmsNorm over the last dimension; and the norm that a configuration asks for.
import * as tf from '#tfjs';
import { type FloatsPerToken, type LayerArgs, LayerNorm, ModelLayer, one } from '../../layers/index.ts';
import { rmsNorm } from '../../ops/index.ts';
import type { LlamaConfig } from './config.ts';
import { normOf } from './parameters.ts';

/** Each vector over the root of its mean square, then scaled by what is learned. */
export class RmsNorm extends ModelLayer {
  static className = 'RmsNorm';
  readonly #width: number;
  readonly #epsilon: number;

  constructor(config: { width: number; epsilon: number } & LayerArgs) {
    super(config);
    this.#width = config.width;
    this.#epsilon = config.epsilon;
  }

  override build(): void {
    this.addParameters(normOf({ norm: 'rms', width: this.#width }));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return rmsNorm(one(inputs), this.read('weight'), this.#epsilon);
  }

  override floatsPerToken(): FloatsPerToken {
    return { kept: this.#width + 1, working: 2 * this.#width, widest: this.#width };
  }

  override getConfig() {
    return { ...super.getConfig(), width: this.#width, epsilon: this.#epsilon };
  }
}
tf.serialization.registerClass(RmsNorm);

export function normLayer({ norm, width, normEpsilon: epsilon }: LlamaConfig): ModelLayer {
  return norm === 'layer' ? new LayerNorm({ width, epsilon }) : new RmsNorm({ width, epsilon });
}

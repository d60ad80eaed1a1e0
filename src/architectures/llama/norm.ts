// RmsNorm over the last dimension; and the norm that a configuration asks for.
import * as tf from '#tfjs';
import { type FloatsPerToken, type LayerArgs, LayerNorm, ModelLayer, one } from '../../layers/index.ts';
import { rmsNorm } from '../../ops/index.ts';
import type { LlamaConfig } from './config.ts';
import { normOf } from './parameters.ts';

interface RmsNormConfig {
  width: number;
  epsilon: number;
  /** Whether vectors are scaled by 1 + what is learned, and not by that alone. */
  plusOne: boolean;
}

/** Each vector over the root of its mean square, then scaled by what is learned. */
export class RmsNorm extends ModelLayer {
  static className = 'RmsNorm';
  readonly #config: RmsNormConfig;

  constructor({ width, epsilon, plusOne, ...args }: RmsNormConfig & LayerArgs) {
    super(args);
    this.#config = { width, epsilon, plusOne };
  }

  override build(): void {
    const { width, plusOne } = this.#config;
    this.addParameters(normOf({ norm: 'rms', width, normPlusOne: plusOne }));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const { epsilon, plusOne } = this.#config;
    return rmsNorm(one(inputs), scaleOf(this.read('weight'), plusOne), epsilon);
  }

  override floatsPerToken(): FloatsPerToken {
    const { width } = this.#config;
    return { kept: width + 1, working: 2 * width, widest: width };
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.#config };
  }
}
tf.serialization.registerClass(RmsNorm);

/** What an RMSNorm scales by, from what it learns. */
export function scaleOf(weight: tf.Tensor1D, plusOne: boolean): tf.Tensor1D {
  return plusOne ? weight.add(1) : weight;
}

export function normLayer({
  norm,
  width,
  normEpsilon: epsilon,
  normPlusOne: plusOne,
}: LlamaConfig): ModelLayer {
  return norm === 'layer' ? new LayerNorm({ width, epsilon }) : new RmsNorm({ width, epsilon, plusOne });
}

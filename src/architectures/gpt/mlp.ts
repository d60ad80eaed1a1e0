// Mlp: to four times the width, GELU, and back; the residual, if there is one, is added.
import * as tf from '#tfjs';
import { type FloatsPerToken, type LayerArgs, ModelLayer, one } from '../../layers/index.ts';
import { mlpSpecs } from './parameters.ts';

export class Mlp extends ModelLayer {
  static className = 'Mlp';
  readonly #width: number;

  constructor(config: { width: number } & LayerArgs) {
    super(config);
    this.#width = config.width;
  }

  override build(): void {
    this.addParameters(mlpSpecs(this.#width));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { residual }: { residual?: tf.Tensor } = {}): tf.Tensor {
    const wide = this.product(one(inputs), 'c_fc.weight', { activation: 'gelu' }); // (B, T, 4C)
    return this.product(wide, 'c_proj.weight', { residual });
  }

  override flopsPerToken(): number {
    return 2 * 8 * this.#width * this.#width;
  }

  override floatsPerToken(): FloatsPerToken {
    return { kept: 9 * this.#width, working: 4 * this.#width, widest: 4 * this.#width };
  }

  override getConfig() {
    return { ...super.getConfig(), width: this.#width };
  }
}
tf.serialization.registerClass(Mlp);

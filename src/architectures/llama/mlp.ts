// LlamaMlp: to the inner width, an activation, gated or not, and back; the residual, if there is one, is added.
import * as tf from '#tfjs';
import { type FloatsPerToken, type LayerArgs, ModelLayer, one } from '../../layers/index.ts';
import { type Activation, activate, linear } from '../../ops/index.ts';
import { isGated, type LlamaConfig } from './config.ts';
import { mlpSpecs } from './parameters.ts';

export class LlamaMlp extends ModelLayer {
  static className = 'LlamaMlp';
  readonly #config: LlamaConfig;

  constructor({ config, ...args }: { config: LlamaConfig } & LayerArgs) {
    super(args);
    this.#config = config;
  }

  override build(): void {
    this.addParameters(mlpSpecs(this.#config));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { residual }: { residual?: tf.Tensor } = {}): tf.Tensor {
    const x = one(inputs);
    return linear(this.#wide(x), this.read('down_proj.weight'), undefined, { residual });
  }

  /** (B, T, C) → (B, T, mlpWidth) */
  #wide(x: tf.Tensor): tf.Tensor {
    const kind = this.#config.activation;
    const product = (name: string, activation: Activation = 'none') =>
      linear(x, this.read(`${name}.weight`), undefined, { activation });
    if (kind === 'gelu') return product('up_proj', 'gelu');
    if (kind === 'relu2') return activate(product('up_proj'), 'relu2');
    const up = product('up_proj');
    return activate(product('gate_proj'), kind === 'swiglu' ? 'silu' : 'gelu', up);
  }

  override flopsPerToken(): number {
    const { width, mlpWidth } = this.#config;
    return 2 * this.#products() * width * mlpWidth;
  }

  override floatsPerToken(): FloatsPerToken {
    const { width, mlpWidth } = this.#config;
    const products = this.#products();
    return { kept: products * mlpWidth + width, working: products * mlpWidth, widest: mlpWidth };
  }

  #products(): number {
    return isGated(this.#config) ? 3 : 2;
  }

  override getConfig() {
    return { ...super.getConfig(), config: this.#config };
  }
}
tf.serialization.registerClass(LlamaMlp);

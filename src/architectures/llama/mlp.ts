// LlamaMlp: to the inner width, an activation, gated or not, and back; the residual, if there is one, is added.
import * as tf from '#tfjs';
import { type FloatsPerToken, type LayerArgs, ModelLayer, one } from '../../layers/index.ts';
import { activate } from '../../ops/index.ts';
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
    return this.product(this.#wide(x), 'down_proj.weight', { residual });
  }

  /** (B, T, C) → (B, T, mlpWidth) */
  #wide(x: tf.Tensor): tf.Tensor {
    const kind = this.#config.activation;
    if (kind === 'gelu') return this.product(x, 'up_proj.weight', { activation: 'gelu' });
    const up = this.product(x, 'up_proj.weight');
    if (kind === 'relu2') return activate(up, 'relu2');
    return activate(this.product(x, 'gate_proj.weight'), kind === 'swiglu' ? 'silu' : 'gelu', up);
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

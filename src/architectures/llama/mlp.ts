// LlamaMlp: to the inner width, an activation, gated or not, and back; the residual, if there is one, is added.
import * as tf from '#tfjs';
import { type FloatsPerToken, type LayerArgs, ModelLayer, one } from '../../layers/index.ts';
import { activate, linear } from '../../ops/index.ts';
import { isGated, type LlamaConfig } from './config.ts';
import { mlpSpecs } from './parameters.ts';

const ELEMENT_WISE = { swiglu: 'silu', geglu: 'gelu', relu2: 'relu2', gelu: 'gelu' } as const;

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
    const activation = ELEMENT_WISE[this.#config.activation];
    const up = linear(x, this.read('up_proj.weight'), undefined); // (B, T, mlpWidth)
    const wide = isGated(this.#config)
      ? activate(linear(x, this.read('gate_proj.weight'), undefined), activation, up)
      : activate(up, activation);
    return linear(wide, this.read('down_proj.weight'), undefined, { residual });
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

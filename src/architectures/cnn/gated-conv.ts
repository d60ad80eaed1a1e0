// GatedConv: a causal, dilated convolution over time with gated linear units.
import * as tf from '#tfjs';
import { type FloatsPerToken, type LayerArgs, ModelLayer, one } from '../../layers/index.ts';
import { type GatedConvState, type GatedConvWeights, gatedConv, gatedConvFrom } from '../../ops/index.ts';
import { type ConvShape, convSpecs } from './parameters.ts';

export interface ConvConfig extends ConvShape {
  dilation: number;
}

export class GatedConv extends ModelLayer {
  static className = 'GatedConv';
  readonly #config: ConvConfig;

  constructor(config: ConvConfig & LayerArgs) {
    super(config);
    const { width, kernel, dilation } = config;
    this.#config = { width, kernel, dilation };
  }

  override build(): void {
    this.addParameters(convSpecs(this.#config));
    this.built = true;
  }

  /** (B, T, C) → (B, T, C), with zeros before the text. */
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return gatedConv(one(inputs), this.#weights(), this.#config.dilation);
  }

  /** The same after given inputs, without a gradient. */
  continueFrom(x: tf.Tensor3D, state: GatedConvState) {
    return gatedConvFrom(x, this.#weights(), this.#config.dilation, state);
  }

  emptyState(batch: number): GatedConvState {
    const { width, kernel, dilation } = this.#config;
    return { inputs: tf.zeros([batch, (kernel - 1) * dilation, width]) };
  }

  #weights(): GatedConvWeights {
    return { weight: this.read('weight'), bias: this.read('bias') };
  }

  override flopsPerToken(): number {
    const { width, kernel } = this.#config;
    return 2 * kernel * 2 * width * width;
  }

  override floatsPerToken(): FloatsPerToken {
    const { width, kernel } = this.#config;
    return { kept: 3 * width, working: (kernel + 2) * width, widest: Math.max(2, kernel) * width };
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.#config };
  }
}
tf.serialization.registerClass(GatedConv);

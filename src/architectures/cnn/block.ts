// ConvBlock: a gated convolution of a normalised copy of the stream, added back to it.
import * as tf from '#tfjs';
import { type FloatsPerToken, type LayerArgs, LayerNorm } from '../../layers/index.ts';
import type { GatedConvState } from '../../ops/index.ts';
import { StackedLayer } from '../stacked/layer.ts';
import { type ConvConfig, GatedConv } from './gated-conv.ts';

export class ConvBlock extends StackedLayer {
  static className = 'ConvBlock';
  readonly #config: ConvConfig;
  readonly #norm: LayerNorm;
  readonly #conv: GatedConv;

  constructor(config: ConvConfig & LayerArgs) {
    super(config);
    const { width, kernel, dilation } = config;
    this.#config = { width, kernel, dilation };
    this.#norm = this.child('norm', new LayerNorm({ width }));
    this.#conv = this.child('conv', new GatedConv(this.#config));
  }

  override run(x: tf.Tensor3D): tf.Tensor3D {
    return this.#conv.apply(this.#norm.apply(x)) as tf.Tensor3D;
  }

  override continueFrom(x: tf.Tensor3D, state: GatedConvState) {
    return this.#conv.continueFrom(this.#norm.apply(x) as tf.Tensor3D, state);
  }

  override emptyState(batch: number): GatedConvState {
    return this.#conv.emptyState(batch);
  }

  override joined(x: tf.Tensor3D, outputs: tf.Tensor3D): tf.Tensor3D {
    return x.add(outputs);
  }

  /** The sum is an array of its own; the norm works in the memory of the model's last one. */
  override floatsPerToken(): FloatsPerToken {
    const floats = super.floatsPerToken();
    const { working } = this.#conv.floatsPerToken();
    return { ...floats, kept: floats.kept + this.#config.width, working };
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.#config };
  }
}
tf.serialization.registerClass(ConvBlock);

// Block: attention and Mlp, each on a normalised copy of the stream and added back to it (pre-norm, as GPT-2).
import * as tf from '#tfjs';
import {
  type CallOptions,
  dropAt,
  type FloatsPerToken,
  type LayerArgs,
  LayerNorm,
  ModelLayer,
  one,
} from '../../layers/index.ts';
import { type Cached, dropout } from '../../ops/index.ts';
import { type AttentionConfig, SelfAttention } from './attention.ts';
import { Mlp } from './mlp.ts';

/** Dropout places a block uses: place (attention weights), place + 1 and place + 2 (the two additions). */
export const PLACES_PER_BLOCK = 3;

export class Block extends ModelLayer {
  static className = 'Block';
  readonly #config: AttentionConfig;
  readonly #norm1: LayerNorm;
  readonly #attention: SelfAttention;
  readonly #norm2: LayerNorm;
  readonly #mlp: Mlp;

  constructor(config: AttentionConfig & LayerArgs) {
    super(config);
    const { width, heads, context, dropout, place } = config;
    this.#config = { width, heads, context, dropout, place };
    this.#norm1 = this.child('ln_1', new LayerNorm({ width }));
    this.#attention = this.child('attn', new SelfAttention(this.#config));
    this.#norm2 = this.child('ln_2', new LayerNorm({ width }));
    this.#mlp = this.child('mlp', new Mlp({ width }));
  }

  /** (B, T, C) → (B, T, C) */
  override call(
    inputs: tf.Tensor | tf.Tensor[],
    options: CallOptions & { cached?: Cached | undefined } = {},
  ): tf.Tensor {
    const add = (layer: ModelLayer, normalised: tf.Tensor, stream: tf.Tensor, place: number) => {
      const drop = dropAt(this.#config.dropout, options.dropoutKey, this.#config.place + place);
      if (drop === undefined) return layer.apply(normalised, { ...options, residual: stream }) as tf.Tensor;
      return stream.add(dropout(layer.apply(normalised, options) as tf.Tensor, drop));
    };
    const x = one(inputs);
    const middle = add(this.#attention, this.#norm1.apply(x) as tf.Tensor, x, 1);
    return add(this.#mlp, this.#norm2.apply(middle) as tf.Tensor, middle, 2);
  }

  /** Each of the two dropouts keeps its input and its output, which is added to the residual stream. */
  override floatsPerToken(): FloatsPerToken {
    const { width, dropout } = this.#config;
    const floats = super.floatsPerToken();
    return { ...floats, kept: floats.kept + (dropout > 0 ? 4 * width : 0) };
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.#config };
  }
}
tf.serialization.registerClass(Block);

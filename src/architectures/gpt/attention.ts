// SelfAttention: causal, with GPT-2's packed query-key-value product.
import * as tf from '#tfjs';
import {
  type CallOptions,
  dropAt,
  type FloatsPerToken,
  type LayerArgs,
  ModelLayer,
  one,
} from '../../layers/index.ts';
import { type Cached, cachedAttention, causalAttention } from '../../ops/index.ts';
import { attentionSpecs } from './parameters.ts';

export interface AttentionConfig {
  width: number;
  heads: number;
  context: number;
  dropout: number;
  /** Tells this layer's dropout masks from others'. */
  place: number;
}

export class SelfAttention extends ModelLayer {
  static className = 'SelfAttention';
  readonly #config: AttentionConfig;

  constructor(config: AttentionConfig & LayerArgs) {
    super(config);
    const { width, heads, context, dropout, place } = config;
    this.#config = { width, heads, context, dropout, place };
  }

  override build(): void {
    this.addParameters(attentionSpecs(this.#config.width));
    this.built = true;
  }

  /** (B, T, C) → (B, T, C); with a cache, T new positions of its rows after those in it; the residual, if there is one, is added. */
  override call(
    inputs: tf.Tensor | tf.Tensor[],
    options: CallOptions & { cached?: Cached | undefined; residual?: tf.Tensor } = {},
  ): tf.Tensor {
    const { heads, dropout, place } = this.#config;
    const qkv = this.product(one(inputs), 'c_attn.weight') as tf.Tensor3D;
    const mixed = options.cached
      ? cachedAttention(qkv, heads, options.cached)
      : causalAttention(qkv, heads, dropAt(dropout, options.dropoutKey, place));
    return this.product(mixed, 'c_proj.weight', { residual: options.residual });
  }

  override flopsPerToken(): number {
    const { width, context } = this.#config;
    return 2 * 4 * width * width + 2 * 2 * width * context;
  }

  override floatsPerToken(): FloatsPerToken {
    const { width, heads } = this.#config;
    return { kept: 5 * width + heads, working: 3 * width, widest: 3 * width };
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.#config };
  }
}
tf.serialization.registerClass(SelfAttention);

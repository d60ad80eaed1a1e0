// GroupedAttention: causal, with queries that share keys and values in groups, rotary positions, and norms of both if asked for.
import * as tf from '#tfjs';
import { dropAt, type FloatsPerToken, type LayerArgs, ModelLayer, one } from '../../layers/index.ts';
import { cachedAttention, causalAttention, packHeads, rmsNorm } from '../../ops/index.ts';
import type { BlockOptions } from '../transformer/block.ts';
import type { LlamaConfig } from './config.ts';
import { scaleOf } from './norm.ts';
import { attentionSpecs } from './parameters.ts';

/** `place` tells this layer's dropout masks from others'. */
export type PlacedConfig = LlamaConfig & { place: number };

export class GroupedAttention extends ModelLayer {
  static className = 'GroupedAttention';
  readonly #config: PlacedConfig;

  constructor({ config, ...args }: { config: PlacedConfig } & LayerArgs) {
    super(args);
    this.#config = config;
  }

  override build(): void {
    this.addParameters(attentionSpecs(this.#config));
    this.built = true;
  }

  /** (B, T, C) → (B, T, C); with a cache, T new positions of its rows after those in it; the residual, if there is one, is added. */
  override call(
    inputs: tf.Tensor | tf.Tensor[],
    options: BlockOptions & { residual?: tf.Tensor } = {},
  ): tf.Tensor {
    const { heads, kvHeads, dropout, place } = this.#config;
    const x = one<tf.Tensor3D>(inputs);
    const q = this.#normal(this.product(x, 'q_proj.weight') as tf.Tensor3D, 'q_norm'); // (B, T, H·D)
    const k = this.#normal(this.product(x, 'k_proj.weight') as tf.Tensor3D, 'k_norm'); // (B, T, K·D)
    const v = this.product(x, 'v_proj.weight') as tf.Tensor3D;
    const qkv = packHeads({ q, k, v, heads, kvHeads }, options); // (B, T, (H + 2K)·D)
    const mixed = options.cached
      ? cachedAttention(qkv, heads, options.cached, kvHeads)
      : causalAttention(qkv, heads, dropAt(dropout, options.dropoutKey, place), kvHeads);
    return this.product(mixed, 'o_proj.weight', { residual: options.residual });
  }

  /** Queries or keys, each head's vector normalised if that is asked for. */
  #normal(x: tf.Tensor3D, norm: string): tf.Tensor3D {
    const { qkNorm, normEpsilon, normPlusOne, headSize } = this.#config;
    if (!qkNorm) return x;
    const [B, T] = x.shape;
    const heads = x.reshape([B, T, -1, headSize]);
    return rmsNorm(heads, scaleOf(this.read(`${norm}.weight`), normPlusOne), normEpsilon).reshape(x.shape);
  }

  override flopsPerToken(): number {
    const { width, heads, kvHeads, headSize, context } = this.#config;
    return 2 * width * (2 * heads + 2 * kvHeads) * headSize + 2 * 2 * heads * headSize * context;
  }

  override floatsPerToken(): FloatsPerToken {
    const { width, heads, kvHeads, headSize, qkNorm } = this.#config;
    const compared = heads + kvHeads;
    const packed = (compared + kvHeads) * headSize;
    const given = qkNorm ? compared * (headSize + 1) : 0; // to the norms, and their residuals
    // That, all heads packed, then what is mixed and added.
    const kept = given + packed + heads * (headSize + 1) + width;
    return { kept, working: 2 * packed, widest: Math.max(packed, width) };
  }

  override getConfig() {
    return { ...super.getConfig(), config: this.#config };
  }
}
tf.serialization.registerClass(GroupedAttention);

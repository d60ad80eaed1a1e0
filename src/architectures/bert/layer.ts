// EncoderLayer: attention to both sides, then a wide layer with GELU; each is added to its input, and then the sum is normalised.
import * as tf from '#tfjs';
import {
  type CallOptions,
  dropAt,
  type FloatsPerToken,
  LayerNorm,
  ModelLayer,
  one,
} from '../../layers/index.ts';
import { Product } from '../../layers/product.ts';
import { dropout, fullAttention, geluErf } from '../../ops/index.ts';
import { EPSILON } from './parameters.ts';

export interface EncoderLayerConfig {
  width: number;
  heads: number;
  context: number;
  dropout: number;
  /** Tells this layer's dropout masks from others'. */
  place: number;
}

/** Dropout places a layer uses: place (attention weights), place + 1 and place + 2 (the two additions). */
export const PLACES_PER_LAYER = 3;

export class EncoderLayer extends ModelLayer {
  static className = 'EncoderLayer';
  readonly #config: EncoderLayerConfig;
  readonly #query: Product;
  readonly #key: Product;
  readonly #value: Product;
  readonly #mixed: Product;
  readonly #attentionNorm: LayerNorm;
  readonly #wide: Product;
  readonly #narrow: Product;
  readonly #norm: LayerNorm;

  constructor(config: EncoderLayerConfig) {
    super({});
    const { width } = config;
    this.#config = config;
    const product = (name: string, inputs: number, outputs: number) =>
      this.child(name, new Product({ inputs, outputs }));
    const norm = (name: string) => this.child(name, new LayerNorm({ width, epsilon: EPSILON }));
    this.#query = product('attention.self.query', width, width);
    this.#key = product('attention.self.key', width, width);
    this.#value = product('attention.self.value', width, width);
    this.#mixed = product('attention.output.dense', width, width);
    this.#attentionNorm = norm('attention.output.LayerNorm');
    this.#wide = product('intermediate.dense', width, 4 * width);
    this.#narrow = product('output.dense', 4 * width, width);
    this.#norm = norm('output.LayerNorm');
  }

  /** (B, T, C) → (B, T, C); lengths (B) int32 */
  override call(
    inputs: tf.Tensor | tf.Tensor[],
    { lengths, dropoutKey }: CallOptions & { lengths?: tf.Tensor1D } = {},
  ): tf.Tensor {
    const x = one<tf.Tensor3D>(inputs);
    const { heads, dropout: rate, place } = this.#config;
    const drop = (at: number) => dropAt(rate, dropoutKey, place + at);
    const [q, k, v] = [this.#query, this.#key, this.#value].map((part) => part.apply(x) as tf.Tensor3D);
    const seen = fullAttention({ q: q!, k: k!, v: v! }, lengths ?? allOf(x), heads, drop(0));
    const mixed = dropout(this.#mixed.apply(seen) as tf.Tensor, drop(1));
    const middle = this.#attentionNorm.apply(x.add(mixed)) as tf.Tensor;
    const wide = geluErf(this.#wide.apply(middle) as tf.Tensor); // (B, T, 4C)
    return this.#norm.apply(middle.add(dropout(this.#narrow.apply(wide) as tf.Tensor, drop(2)))) as tf.Tensor;
  }

  override flopsPerToken(): number {
    const { width, context } = this.#config;
    return super.flopsPerToken() + 2 * 2 * width * context;
  }

  /** Beside its parts: what attention mixes and its log-sum-exps, GELU's output, and both sums. */
  override floatsPerToken(): FloatsPerToken {
    const { width, heads, dropout } = this.#config;
    const floats = super.floatsPerToken();
    return { ...floats, kept: floats.kept + 7 * width + heads + (dropout > 0 ? 2 * width : 0) };
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.#config };
  }
}
tf.serialization.registerClass(EncoderLayer);

function allOf(x: tf.Tensor3D): tf.Tensor1D {
  const [B, T] = x.shape;
  return tf.fill([B], T, 'int32');
}

// A block of a transformer: attention and an MLP, each on a normalised copy of the stream and added back to it (pre-norm).
import type * as tf from '#tfjs';
import { type CallOptions, dropAt, type FloatsPerToken, ModelLayer, one } from '../../layers/index.ts';
import { type Cached, dropout, type Rotary } from '../../ops/index.ts';

/** Dropout places a block uses: place (attention weights), place + 1 and place + 2 (the two additions). */
export const PLACES_PER_BLOCK = 3;

/** A layer that adds to the stream: called with `residual`, it returns its sum with that. */
interface Branch {
  norm: ModelLayer;
  layer: ModelLayer;
  /** Of what it adds, if there is one. */
  after?: ModelLayer | undefined;
}

export interface BlockOptions extends CallOptions, Rotary {
  cached?: Cached | undefined;
}

/** What is dropped of what a block adds to the stream. */
export interface BlockDropout {
  width: number;
  dropout: number;
  place: number;
}

export abstract class PreNormBlock extends ModelLayer {
  /** In the order in which they are called. */
  protected abstract readonly branches: readonly Branch[];
  protected abstract readonly dropping: BlockDropout;

  /** (B, T, C) → (B, T, C) */
  override call(inputs: tf.Tensor | tf.Tensor[], options: BlockOptions = {}): tf.Tensor {
    const { dropout: rate, place } = this.dropping;
    return this.branches.reduce((stream, { norm, layer, after }, i) => {
      const normalised = norm.apply(stream) as tf.Tensor;
      const drop = dropAt(rate, options.dropoutKey, place + 1 + i);
      if (drop === undefined && after === undefined)
        return layer.apply(normalised, { ...options, residual: stream }) as tf.Tensor;
      const added = layer.apply(normalised, { ...options }) as tf.Tensor;
      return stream.add(dropout(after ? (after.apply(added) as tf.Tensor) : added, drop));
    }, one(inputs));
  }

  /** Each of the two dropouts keeps its input and its output, which is added to the residual stream. */
  override floatsPerToken(): FloatsPerToken {
    const { width, dropout } = this.dropping;
    const floats = super.floatsPerToken();
    return { ...floats, kept: floats.kept + (dropout > 0 ? 4 * width : 0) };
  }
}

// TokenInput: tokens to vectors, with a learned vector for each position where the layers after it need one.
import * as tf from '#tfjs';
import { ModelLayer, PositionEmbedding, TokenEmbedding } from '../../layers/index.ts';

interface Shape {
  vocabSize: number;
  width: number;
  context: number;
  /** The names of both tables; without the second positions are not told. */
  tokens: string;
  positions: string | false;
}

export class TokenInput extends ModelLayer {
  static className = 'TokenInput';
  readonly tokens: TokenEmbedding;
  readonly #positions: PositionEmbedding | undefined;

  constructor({ vocabSize, width, context, tokens, positions }: Shape) {
    super({});
    this.tokens = this.child(tokens, new TokenEmbedding({ vocabSize, width }));
    this.#positions = positions
      ? this.child(positions, new PositionEmbedding({ context, width }))
      : undefined;
  }

  /** (B, T) int32 → (B, T, C); the first stands at position `from`, and a bridge (B, 1, C) is added to each. */
  embed(ids: tf.Tensor2D, from = 0, bridge?: tf.Tensor3D): tf.Tensor3D {
    const x = this.#placed(this.tokens.apply(ids) as tf.Tensor3D, from);
    return bridge ? x.add(bridge) : x;
  }

  #placed(x: tf.Tensor3D, from: number): tf.Tensor3D {
    if (!this.#positions) return x;
    const positions = tf.range(from, from + x.shape[1], 1, 'int32').expandDims<tf.Tensor2D>(0);
    return this.#positions.apply(x, { positions }) as tf.Tensor3D;
  }
}

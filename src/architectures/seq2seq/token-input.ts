// TokenInput: tokens to vectors, with a learned vector for each position where the layers after it need one.
import * as tf from '#tfjs';
import { ModelLayer, PositionEmbedding, TokenEmbedding } from '../../layers/index.ts';

interface Shape {
  vocabSize: number;
  width: number;
  context: number;
  hasPositions: boolean;
}

export class TokenInput extends ModelLayer {
  static className = 'TokenInput';
  readonly #tokens: TokenEmbedding;
  readonly #positions: PositionEmbedding | undefined;

  constructor({ vocabSize, width, context, hasPositions }: Shape) {
    super({});
    this.#tokens = this.child('embedding', new TokenEmbedding({ vocabSize, width }));
    this.#positions = hasPositions
      ? this.child('positions', new PositionEmbedding({ context, width }))
      : undefined;
  }

  /** (B, T) int32 → (B, T, C); the first stands at position `from`. */
  embed(ids: tf.Tensor2D, from = 0): tf.Tensor3D {
    const x = this.#tokens.apply(ids) as tf.Tensor3D;
    if (!this.#positions) return x;
    const positions = tf.range(from, from + ids.shape[1], 1, 'int32').expandDims<tf.Tensor2D>(0);
    return this.#positions.apply(x, { positions }) as tf.Tensor3D;
  }
}

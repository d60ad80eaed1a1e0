// BertEmbeddings: tokens to vectors, each its own, its position's and that of the first kind of stretch together, normalised.
import * as tf from '#tfjs';
import { LayerNorm, ModelLayer, PositionEmbedding, TokenEmbedding } from '../../layers/index.ts';
import type { BertConfig } from './config.ts';
import { EPSILON } from './parameters.ts';

export class BertEmbeddings extends ModelLayer {
  static className = 'BertEmbeddings';
  readonly words: TokenEmbedding;
  readonly #positions: PositionEmbedding;
  readonly #types: TokenEmbedding;
  readonly #norm: LayerNorm;

  constructor({
    vocabSize,
    context,
    width,
    tokenTypes,
  }: Pick<BertConfig, 'vocabSize' | 'context' | 'width' | 'tokenTypes'>) {
    super({});
    this.words = this.child('word_embeddings', new TokenEmbedding({ vocabSize, width }));
    this.#positions = this.child('position_embeddings', new PositionEmbedding({ context, width }));
    this.#types = this.child('token_type_embeddings', new TokenEmbedding({ vocabSize: tokenTypes, width }));
    this.#norm = this.child('LayerNorm', new LayerNorm({ width, epsilon: EPSILON }));
  }

  /** (B, T) int32 → (B, T, C) */
  embed(ids: tf.Tensor2D): tf.Tensor3D {
    const firstType = this.#types.apply(tf.zeros([1], 'int32')) as tf.Tensor2D; // (1, C)
    const sum = (this.#positions.apply(this.words.apply(ids)) as tf.Tensor).add(firstType);
    return this.#norm.apply(sum) as tf.Tensor3D;
  }
}

// TokenEmbedding: ids to vectors. PositionEmbedding: adds a learned vector for each position.
import * as tf from '#tfjs';
import { embedding } from '../ops/index.ts';
import { type FloatsPerToken, type LayerArgs, ModelLayer, one } from './model-layer.ts';
import { tableSpecs } from './parameters.ts';

export class TokenEmbedding extends ModelLayer {
  static className = 'TokenEmbedding';
  readonly #vocabSize: number;
  readonly #width: number;

  constructor(config: { vocabSize: number; width: number } & LayerArgs) {
    super(config);
    this.#vocabSize = config.vocabSize;
    this.#width = config.width;
  }

  override build(): void {
    this.addParameters(tableSpecs(this.#vocabSize, this.#width));
    this.built = true;
  }

  /** (B, T) int32 → (B, T, C) */
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return embedding(this.table(), one(inputs));
  }

  table(): tf.Tensor2D {
    return this.read('weight');
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return [...shape, this.#width];
  }

  override floatsPerToken(): FloatsPerToken {
    return { kept: this.#width, working: 0, widest: this.#width };
  }

  override getConfig() {
    return { ...super.getConfig(), vocabSize: this.#vocabSize, width: this.#width };
  }
}
tf.serialization.registerClass(TokenEmbedding);

export class PositionEmbedding extends ModelLayer {
  static className = 'PositionEmbedding';
  readonly #context: number;
  readonly #width: number;

  constructor(config: { context: number; width: number } & LayerArgs) {
    super(config);
    this.#context = config.context;
    this.#width = config.width;
  }

  override build(): void {
    this.addParameters(tableSpecs(this.#context, this.#width));
    this.built = true;
  }

  /** (B, T, C) at the given positions, (B, T) int32, or at 0 … T − 1 → (B, T, C) */
  override call(
    inputs: tf.Tensor | tf.Tensor[],
    { positions }: { positions?: tf.Tensor2D | undefined } = {},
  ): tf.Tensor {
    const x = one<tf.Tensor3D>(inputs);
    return x.add(embedding(this.read('weight'), positions ?? tf.range(0, x.shape[1], 1, 'int32')));
  }

  override floatsPerToken(): FloatsPerToken {
    return { kept: this.#width, working: 0, widest: this.#width };
  }

  override getConfig() {
    return { ...super.getConfig(), context: this.#context, width: this.#width };
  }
}
tf.serialization.registerClass(PositionEmbedding);

// Head: from vectors to the next token. Its matrix is the embedding's (tied) or its own; a bias is optional.
import * as tf from '#tfjs';
import { crossEntropy, logits } from '../ops/index.ts';
import type { TokenEmbedding } from './embedding.ts';
import { type LayerArgs, ModelLayer, one } from './model-layer.ts';
import { headSpecs } from './parameters.ts';

export interface HeadConfig {
  vocabSize: number;
  width: number;
  bias: boolean;
  tiedTo?: TokenEmbedding | undefined;
}

export class Head extends ModelLayer {
  static className = 'Head';
  readonly #config: HeadConfig;

  constructor(config: HeadConfig & LayerArgs) {
    super(config);
    this.#config = config;
  }

  override build(): void {
    this.addParameters(headSpecs({ ...this.#config, tied: this.#config.tiedTo !== undefined }));
    this.built = true;
  }

  /** (B, T, C) → logits (B, T, V) */
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = one<tf.Tensor3D>(inputs);
    const [B, T, C] = x.shape;
    return logits(x.reshape([B * T, C]), this.#matrix(), this.#bias()).reshape([B, T, -1]);
  }

  /** x (B, T, C), targets (B, T) → the mean loss */
  loss(x: tf.Tensor3D, targets: tf.Tensor2D): tf.Scalar {
    const [B, T, C] = x.shape;
    return crossEntropy(x.reshape([B * T, C]), this.#matrix(), this.#bias(), targets.reshape([B * T]));
  }

  /** x (B, T, C), targets (B, T) → each target's own loss, 0 where it is negative, (B, T); it has no fast gradient. */
  lossOfEach(x: tf.Tensor3D, targets: tf.Tensor2D): tf.Tensor2D {
    const [B, T, C] = x.shape;
    const all = logits(x.reshape([B * T, C]), this.#matrix(), this.#bias()); // (B·T, V)
    const rows = tf.range(0, B * T, 1, 'int32').mul(tf.scalar(all.shape[1], 'int32'));
    const wanted = rows.add(targets.reshape([B * T]).maximum(tf.scalar(0, 'int32'))).toInt();
    const chosen = tf.gather(all.reshape([-1]), wanted); // (B·T)
    const losses = all.logSumExp(1).sub(chosen).reshape([B, T]);
    return losses.mul<tf.Tensor2D>(targets.greaterEqual(0).toFloat());
  }

  #matrix(): tf.Tensor2D {
    return this.#config.tiedTo?.table() ?? this.read('weight');
  }

  #bias(): tf.Tensor1D | undefined {
    return this.#config.bias ? this.read('bias') : undefined;
  }

  override flopsPerToken(): number {
    return 2 * this.#config.vocabSize * this.#config.width;
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return [...shape.slice(0, -1), this.#config.vocabSize];
  }

  override getConfig() {
    const { vocabSize, width, bias, tiedTo } = this.#config;
    if (tiedTo) throw new Error('a tied Head has no configuration of its own: its matrix is another layer’s');
    return { ...super.getConfig(), vocabSize, width, bias };
  }
}
tf.serialization.registerClass(Head);

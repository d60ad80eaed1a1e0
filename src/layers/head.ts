// Head: from vectors to the next token. Its matrix is the embedding's (tied) or its own; a bias is optional, and so is a cap on
// the logits.
import * as tf from '#tfjs';
import { crossEntropy, logits, meanLoss } from '../ops/index.ts';
import type { TokenEmbedding } from './embedding.ts';
import { type FloatsPerToken, type LayerArgs, ModelLayer, one } from './model-layer.ts';
import { headSpecs } from './parameters.ts';

export interface HeadConfig {
  vocabSize: number;
  width: number;
  bias: boolean;
  tiedTo?: TokenEmbedding | undefined;
  /** Logits are held within ± this by tanh; 0, or not given: they are not. */
  softcap?: number | undefined;
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
    const [B, T] = x.shape;
    return this.#logits(x).reshape([B, T, -1]);
  }

  /** x (B, T, C), targets (B, T) → the mean loss */
  loss(x: tf.Tensor3D, targets: tf.Tensor2D): tf.Scalar {
    const [B, T, C] = x.shape;
    const wanted = targets.reshape<tf.Tensor1D>([B * T]);
    if (this.#config.softcap) return meanLoss(this.#logits(x), wanted);
    return crossEntropy(x.reshape([B * T, C]), this.#matrix(), this.#bias(), wanted);
  }

  /** x (B, T, C), targets (B, T) → each target's own loss, 0 where it is negative, (B, T); it has no fast gradient. */
  lossOfEach(x: tf.Tensor3D, targets: tf.Tensor2D): tf.Tensor2D {
    const [B, T] = x.shape;
    const all = this.#logits(x);
    const rows = tf.range(0, B * T, 1, 'int32').mul(tf.scalar(all.shape[1], 'int32'));
    const wanted = rows.add(targets.reshape([B * T]).maximum(tf.scalar(0, 'int32'))).toInt();
    const chosen = tf.gather(all.reshape([-1]), wanted); // (B·T)
    const losses = all.logSumExp(1).sub(chosen).reshape([B, T]);
    return losses.mul<tf.Tensor2D>(targets.greaterEqual(0).toFloat());
  }

  /** (B, T, C) → (B·T, V) */
  #logits(x: tf.Tensor3D): tf.Tensor2D {
    const [B, T, C] = x.shape;
    const { softcap } = this.#config;
    const all = logits(x.reshape([B * T, C]), this.#matrix(), this.#bias());
    return softcap ? all.div(softcap).tanh().mul(softcap) : all;
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

  /** Of capped logits no kernel makes a loss: what each of tfjs's operations makes of them is kept. */
  override floatsPerToken(): FloatsPerToken {
    const { vocabSize, softcap } = this.#config;
    return softcap ? { kept: 6 * vocabSize, working: vocabSize, widest: vocabSize } : super.floatsPerToken();
  }

  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return [...shape.slice(0, -1), this.#config.vocabSize];
  }

  override getConfig() {
    const { vocabSize, width, bias, tiedTo, softcap } = this.#config;
    if (tiedTo) throw new Error('a tied Head has no configuration of its own: its matrix is another layer’s');
    return { ...super.getConfig(), vocabSize, width, bias, ...(softcap && { softcap }) };
  }
}
tf.serialization.registerClass(Head);

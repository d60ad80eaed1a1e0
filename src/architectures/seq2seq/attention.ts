// Attention: a decoder's look at the source. Additive (Bahdanau et al. 2015), dot (Luong et al. 2015), or of several heads
// (Vaswani et al. 2017), who also scale a dot product by 1/√D, as is done here for both. Where it covers, it knows how much
// it has looked where (See et al. 2017).
import * as tf from '#tfjs';
import { type CallOptions, dropAt, ModelLayer } from '../../layers/index.ts';
import { coveredAdditive, coveredSoftmax, dropout, fullAttention, linear } from '../../ops/index.ts';
import { type AttentionShape, attentionSpecs } from './parameters.ts';

/** What an attention makes of a source once, whatever the target. */
export interface Looked {
  /** (B, H, S, D), or (B, S, C) where attention is additive */
  keys: tf.Tensor;
  /** (B, H, S, D) */
  values: tf.Tensor4D;
  /** (B, 1, 1, S), added to the scores */
  mask: tf.Tensor;
}

export interface Attended {
  /** (B, T, C) */
  context: tf.Tensor3D;
  /** (B, H, T, S); of each query they add up to 1 */
  weights: tf.Tensor4D;
  /** Where it covers: how much the queries so far have looked at each place, (B, H, 1, S). */
  coverage?: tf.Tensor4D;
  /** Where it covers: how much each query has looked where others had before, (B, T). */
  repeated?: tf.Tensor2D;
}

interface Options extends CallOptions {
  looked: Looked;
  /** How much earlier queries have looked at each place, (B, H, 1, S); nothing if not given. */
  coverage?: tf.Tensor4D | undefined;
}

export class Attention extends ModelLayer {
  static className = 'Attention';
  readonly #shape: AttentionShape;

  constructor(shape: AttentionShape) {
    super({});
    this.#shape = shape;
  }

  override build(): void {
    this.addParameters(attentionSpecs(this.#shape));
    this.built = true;
  }

  /** What is to be looked at, (B, S, C). */
  look(states: tf.Tensor3D, mask: tf.Tensor): Looked {
    const { kind } = this.#shape;
    const whole = states.expandDims<tf.Tensor4D>(1); // (B, 1, S, C)
    if (kind === 'dot') return { keys: whole, values: whole, mask };
    if (kind === 'additive') return { keys: this.#product(states, 'key'), values: whole, mask };
    const [keys, values] = this.#isGpts
      ? tf.split<tf.Tensor3D>(this.#product(states, 'c_attn'), 2, 2)
      : [this.#product(states, 'key'), this.#product(states, 'value')];
    return { keys: this.#heads(keys!), values: this.#heads(values!), mask };
  }

  /** queries (B, T, C) */
  attend(queries: tf.Tensor3D, options: Options): Attended {
    const { kind } = this.#shape;
    const asked = kind === 'dot' ? queries : this.#product(queries, this.#isGpts ? 'q_attn' : 'query');
    const { weights, ...covered } = this.#shape.covers
      ? this.#covering(asked, options)
      : { weights: this.#weights(asked, options) };
    const { rate = 0, place = 0 } = this.#shape;
    const kept = dropout(weights, dropAt(rate, options.dropoutKey, place));
    const context = this.#together(tf.matMul(kept, options.looked.values));
    return {
      context: kind === 'multihead' ? this.#product(context, this.#isGpts ? 'c_proj' : 'output') : context,
      weights,
      ...covered,
    };
  }

  /** Each of a text's own positions looks at all of them, (B, S, C) → (B, S, C): multihead, without a look at the weights. */
  attendToItself(x: tf.Tensor3D, lengths: tf.Tensor1D, dropoutKey: CallOptions['dropoutKey']): tf.Tensor3D {
    const { heads, rate = 0, place = 0 } = this.#shape;
    const inputs = { q: this.#product(x, 'query'), k: this.#product(x, 'key'), v: this.#product(x, 'value') };
    return this.#product(fullAttention(inputs, lengths, heads, dropAt(rate, dropoutKey, place)), 'output');
  }

  /** Where a query looks depends on where those before it did. */
  #covering(asked: tf.Tensor3D, { looked: { keys, mask }, coverage }: Options) {
    const [B, T] = asked.shape;
    const S = mask.shape[3]!;
    const H = this.#headCount;
    const before = coverage ?? tf.zeros<tf.Rank.R4>([B, H, 1, S]);
    const weight = this.read<tf.Tensor1D>('coverage.weight'); // (H), or (C) where attention is additive
    const { weights, seen } =
      this.#shape.kind === 'additive'
        ? coveredAdditive(
            { queries: asked, keys: keys as tf.Tensor3D },
            { cover: weight, score: this.read('score.weight') },
            mask,
            before,
          )
        : coveredSoftmax(this.#scores(asked, keys).add(mask), weight, before);
    const last = (x: tf.Tensor4D) => x.slice([0, 0, T - 1, 0], [B, H, 1, S]);
    return {
      weights,
      coverage: last(seen).add<tf.Tensor4D>(last(weights)),
      repeated: tf.minimum(weights, seen).sum(3).mean<tf.Tensor2D>(1), // (B, T)
    };
  }

  /** (B, H, T, S) */
  #weights(asked: tf.Tensor3D, { looked: { keys, mask } }: Options): tf.Tensor4D {
    return tf.softmax(this.#scores(asked, keys).add(mask));
  }

  #scores(asked: tf.Tensor3D, keys: tf.Tensor): tf.Tensor4D {
    if (this.#shape.kind === 'additive') {
      const joined = asked.expandDims(2).add(keys.expandDims(1)).tanh(); // (B, T, S, C)
      const [B, T, S, C] = joined.shape as [number, number, number, number];
      return joined
        .reshape([B * T * S, C])
        .matMul(this.read<tf.Tensor2D>('score.weight')) // (C, 1)
        .reshape([B, 1, T, S]);
    }
    const heads = this.#heads(asked); // (B, H, T, D)
    return tf.matMul(heads.mul(1 / Math.sqrt(heads.shape[3])), keys as tf.Tensor4D, false, true);
  }

  #product(x: tf.Tensor3D, name: string): tf.Tensor3D {
    return linear(x, this.read(`${name}.weight`), this.read(`${name}.bias`)) as tf.Tensor3D;
  }

  /** Whether keys and values are one product, and all are named as GPT-2's. */
  get #isGpts(): boolean {
    return this.#shape.gptLayers !== undefined;
  }

  get #headCount(): number {
    return this.#shape.kind === 'multihead' ? this.#shape.heads : 1;
  }

  /** (B, T, C) → (B, H, T, D) */
  #heads(x: tf.Tensor3D): tf.Tensor4D {
    const [B, T, C] = x.shape;
    const H = this.#headCount;
    if (H === 1) return x.expandDims<tf.Tensor4D>(1);
    return x.reshape([B, T, H, C / H]).transpose<tf.Tensor4D>([0, 2, 1, 3]);
  }

  /** (B, H, T, D) → (B, T, C) */
  #together(x: tf.Tensor4D): tf.Tensor3D {
    const [B, H, T, D] = x.shape;
    return x.transpose([0, 2, 1, 3]).reshape([B, T, H * D]);
  }

  override flopsPerToken(): number {
    const { kind, width, context } = this.#shape;
    const products = { dot: 0, additive: 2, multihead: 4 }[kind];
    const scores = kind === 'additive' ? 3 : 2; // of the source's tokens: their scores, and the mean of their values
    return 2 * products * width * width + 2 * scores * width * context;
  }

  override floatsPerToken() {
    const { kind, width, context } = this.#shape;
    const scores = context * (kind === 'additive' ? 2 * width : 3 * this.#headCount);
    return { kept: 4 * width + scores, working: scores, widest: Math.max(width, scores) };
  }
}

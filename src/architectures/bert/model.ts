// BERT (Devlin et al. 2019) with its head for masked tokens: Hugging Face's BertForMaskedLM, of which each text is one stretch.
import * as tf from '#tfjs';
import {
  dropAt,
  type FloatsPerToken,
  floatsOf,
  floatsRecomputing,
  Head,
  LayerNorm,
  type ModelLayer,
} from '../../layers/index.ts';
import { Product } from '../../layers/product.ts';
import { dropout, embedding, geluErf, recomputed } from '../../ops/index.ts';
import { buildLayers, initialise, layerRows, type NamedLayers } from '../assembly.ts';
import type { LossOptions } from '../language-model.ts';
import type { MaskedModel, MaskedTexts } from '../masked-model.ts';
import type { BertConfig } from './config.ts';
import { BertEmbeddings } from './embeddings.ts';
import { EncoderLayer, PLACES_PER_LAYER } from './layer.ts';
import { bertSpecs, EMBEDDINGS, EPSILON, HEAD, layerName } from './parameters.ts';

export class Bert implements MaskedModel {
  readonly config: BertConfig;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #layers: NamedLayers;
  readonly #embeddings: BertEmbeddings;
  readonly #encoder: EncoderLayer[];
  readonly #transform: Product;
  readonly #headNorm: LayerNorm;
  readonly #head: Head;

  /** Without a seed the weights are zero. */
  constructor(config: BertConfig, seed: number | undefined) {
    this.config = config;
    const { width, layers } = config;
    this.#embeddings = new BertEmbeddings(config);
    this.#encoder = Array.from(
      { length: layers },
      (_, i) => new EncoderLayer({ ...config, place: 1 + i * PLACES_PER_LAYER }), // place 0 is the embeddings'
    );
    this.#transform = new Product({ inputs: width, outputs: width });
    this.#headNorm = new LayerNorm({ width, epsilon: EPSILON });
    this.#head = new Head({ ...config, bias: true, tiedTo: this.#embeddings.words });
    this.#layers = [
      [EMBEDDINGS, this.#embeddings],
      ...this.#encoder.map((layer, i) => [layerName(i), layer] as const),
      [`${HEAD}.transform.dense`, this.#transform],
      [`${HEAD}.transform.LayerNorm`, this.#headNorm],
      [HEAD, this.#head],
    ];
    this.parameters = buildLayers(this.#layers, width);
    if (seed !== undefined) initialise(this.parameters, seed, bertSpecs(config));
  }

  get layers() {
    return layerRows(this.#layers);
  }

  get floatsPerToken(): FloatsPerToken {
    const { width, dropout } = this.config;
    const floats = floatsOf(this.#layers.map(([, layer]) => layer));
    return { ...floats, kept: floats.kept + (dropout > 0 ? 2 : 1) * width };
  }

  get floatsRecomputing(): FloatsPerToken {
    const inEncoder = new Set<ModelLayer>(this.#encoder);
    const others = this.#layers.map(([, layer]) => layer).filter((layer) => !inEncoder.has(layer));
    const floats = floatsRecomputing(this.#encoder, others, this.config.width);
    return { ...floats, kept: floats.kept + this.config.width };
  }

  loss(texts: MaskedTexts, targets: tf.Tensor1D, options: LossOptions = {}): tf.Scalar {
    return tf.tidy(() => {
      const asked = this.#asked(texts, options).expandDims<tf.Tensor3D>(0); // (1, N, C)
      return this.#head.loss(asked, targets.expandDims(0));
    });
  }

  logits(texts: MaskedTexts): tf.Tensor2D {
    return tf.tidy(() => {
      const asked = this.#asked(texts).expandDims(0); // (1, N, C)
      return (this.#head.apply(asked) as tf.Tensor3D).squeeze<tf.Tensor2D>([0]);
    });
  }

  /** What the head reads in each of the places, (N, C): it is computed for no others. */
  #asked({ ids, places, lengths }: MaskedTexts, options: LossOptions = {}): tf.Tensor2D {
    const hidden = this.#hidden(ids, lengths, options);
    const rows = hidden.reshape<tf.Tensor2D>([-1, this.config.width]);
    const asked = embedding(rows, places); // (N, C)
    return this.#headNorm.apply(geluErf(this.#transform.apply(asked) as tf.Tensor)) as tf.Tensor2D;
  }

  /** (B, T) → (B, T, C) */
  #hidden(
    ids: tf.Tensor2D,
    lengths: tf.Tensor1D | undefined,
    { dropoutKey, recompute }: LossOptions,
  ): tf.Tensor3D {
    const [, T] = ids.shape;
    const { context, dropout: rate } = this.config;
    if (T > context) throw new Error(`bert: expected at most ${context} positions, but got ${T}`);
    let x: tf.Tensor = dropout(this.#embeddings.embed(ids), dropAt(rate, dropoutKey, 0));
    for (const layer of this.#encoder) {
      const ran = (inputs: { x: tf.Tensor; lengths: tf.Tensor1D | undefined }) =>
        layer.apply(inputs.x, { dropoutKey, lengths: inputs.lengths }) as tf.Tensor;
      x = recompute ? recomputed({ x, lengths }, ran) : ran({ x, lengths });
    }
    return x as tf.Tensor3D;
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

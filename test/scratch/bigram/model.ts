// The bigram: a table of vectors and an output layer.
import * as tf from '#tfjs';
import {
  buildLayers,
  initialise,
  lastPosition,
  layerRows,
  type NamedLayers,
} from '../../../src/architectures/assembly.ts';
import type { Decoding, LanguageModel } from '../../../src/architectures/language-model.ts';
import { type Places, RowDecoding } from '../../../src/architectures/row-decoding.ts';
import { floatsOf, Head, TokenEmbedding } from '../../../src/layers/index.ts';
import { type BigramConfig, bigramSpecs } from './index.ts';

export class Bigram implements LanguageModel {
  readonly config: BigramConfig;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #table: TokenEmbedding;
  readonly #head: Head;
  readonly #layers: NamedLayers;

  constructor(config: BigramConfig, seed: number | undefined) {
    this.config = config;
    this.#table = new TokenEmbedding(config);
    this.#head = new Head({ ...config, bias: true });
    this.#layers = [
      ['table', this.#table],
      ['head', this.#head],
    ];
    this.parameters = buildLayers(this.#layers, config.width);
    if (seed !== undefined) initialise(this.parameters, seed, bigramSpecs(config));
  }

  get layers() {
    return layerRows(this.#layers);
  }

  get floatsPerToken() {
    return floatsOf(this.#layers.map(([, layer]) => layer));
  }

  /** A constant added to all logits changes no loss. */
  loss(tokens: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
    return tf.tidy(() => this.#head.loss(this.#table.apply(tokens) as tf.Tensor3D, targets));
  }

  logits(tokens: tf.Tensor2D): tf.Tensor3D {
    return tf.tidy(() => (this.#head.apply(this.#table.apply(tokens)) as tf.Tensor3D).add(this.config.tilt));
  }

  startDecoding(): Decoding {
    return new RowDecoding(
      new NoPlaces((tokens) => lastPosition(this.logits(tokens)).squeeze<tf.Tensor2D>([1])),
    );
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

/** Only the last token counts: there is nothing to keep of a text. */
class NoPlaces implements Places {
  readonly #next: (tokens: tf.Tensor2D) => tf.Tensor2D;

  constructor(next: (tokens: tf.Tensor2D) => tf.Tensor2D) {
    this.#next = next;
  }

  push(_place: number, tokens: ArrayLike<number>): ArrayLike<number> {
    return tokens;
  }

  next(_places: readonly number[], tokens: tf.Tensor2D): tf.Tensor2D {
    return this.#next(tokens);
  }

  begin(): void {}
  copy(): void {}
  end(): void {}
  dispose(): void {}
}

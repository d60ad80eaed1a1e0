// The model of neighbours: a vector of the token before, one of the token after, and an output layer.
import * as tf from '#tfjs';
import { buildLayers, initialise, layerRows, type NamedLayers } from '../../../src/architectures/assembly.ts';
import type { Model } from '../../../src/architectures/language-model.ts';
import { floatsOf, Head, TokenEmbedding } from '../../../src/layers/index.ts';
import { type NeighboursConfig, neighboursSpecs } from './index.ts';

export class Neighbours implements Model {
  readonly config: NeighboursConfig;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #left: TokenEmbedding;
  readonly #right: TokenEmbedding;
  readonly #head: Head;
  readonly #layers: NamedLayers;

  constructor(config: NeighboursConfig, seed: number | undefined) {
    this.config = config;
    this.#left = new TokenEmbedding(config);
    this.#right = new TokenEmbedding(config);
    this.#head = new Head({ ...config, bias: true });
    this.#layers = [
      ['left', this.#left],
      ['right', this.#right],
      ['head', this.#head],
    ];
    this.parameters = buildLayers(this.#layers, config.width);
    if (seed !== undefined) initialise(this.parameters, seed, neighboursSpecs(config));
  }

  get layers() {
    return layerRows(this.#layers);
  }

  get floatsPerToken() {
    return floatsOf(this.#layers.map(([, layer]) => layer));
  }

  loss(tokens: tf.Tensor2D, targets: tf.Tensor2D): tf.Scalar {
    return tf.tidy(() => this.#head.loss(this.#around(tokens), targets));
  }

  logits(tokens: tf.Tensor2D): tf.Tensor3D {
    return tf.tidy(() => this.#head.apply(this.#around(tokens)) as tf.Tensor3D);
  }

  /** (B, T) → (B, T, C); nothing is before the first token, and nothing after the last. */
  #around(tokens: tf.Tensor2D): tf.Tensor3D {
    const [rows, columns] = tokens.shape;
    const nothing = tf.zeros([rows, 1, this.config.width]);
    const before = tf.slice(this.#left.apply(tokens) as tf.Tensor3D, [0, 0, 0], [rows, columns - 1, -1]);
    const after = tf.slice(this.#right.apply(tokens) as tf.Tensor3D, [0, 1, 0], [rows, columns - 1, -1]);
    return tf.add(tf.concat([nothing, before], 1), tf.concat([after, nothing], 1));
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

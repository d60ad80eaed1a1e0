// A stacked LSTM language model, sharing the GPT's data, loss and interface.
import * as tf from '#tfjs';
import { dropAt, type FloatsPerToken, floatsOf, Head, TokenEmbedding } from '../../layers/index.ts';
import { dropout } from '../../ops/index.ts';
import { buildLayers, initialise, lastPosition, layerRows, type NamedLayers } from '../assembly.ts';
import type { Decoding, LanguageModel, LossOptions, Memory } from '../language-model.ts';
import { RowDecoding } from '../row-decoding.ts';
import type { LstmConfig } from './config.ts';
import { LstmPlaces } from './decoding.ts';
import { Lstm } from './layer.ts';
import { LstmMemory } from './memory.ts';
import { lstmSpecs } from './parameters.ts';

export class LstmModel implements LanguageModel {
  readonly config: LstmConfig;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #layers: NamedLayers;
  readonly #embedding: TokenEmbedding;
  readonly #stack: Lstm[];
  readonly #head: Head;

  /** Without a seed the weights are zero. */
  constructor(config: LstmConfig, seed: number | undefined) {
    this.config = config;
    this.#embedding = new TokenEmbedding(config);
    this.#stack = Array.from({ length: config.layers }, () => new Lstm(config));
    this.#head = new Head({ ...config, bias: true, tiedTo: config.tiedHead ? this.#embedding : undefined });
    this.#layers = [
      ['embedding', this.#embedding],
      ...this.#stack.map((layer, i) => [`lstm.${i}`, layer] as const),
      ['head', this.#head],
    ];
    this.parameters = buildLayers(this.#layers, config.width);
    if (seed !== undefined) initialise(this.parameters, seed, lstmSpecs(config));
  }

  get layers() {
    return layerRows(this.#layers);
  }

  get floatsPerToken(): FloatsPerToken {
    const { layers, width, dropout } = this.config;
    const floats = floatsOf(this.#layers.map(([, layer]) => layer));
    return { ...floats, kept: floats.kept + (dropout > 0 ? (layers + 1) * width : 0) };
  }

  loss(tokens: tf.Tensor2D, targets: tf.Tensor2D, options: LossOptions = {}): tf.Scalar {
    return tf.tidy(() => this.#head.loss(this.#hidden(tokens, options), targets));
  }

  logits(tokens: tf.Tensor2D): tf.Tensor3D {
    return tf.tidy(() => this.#head.apply(this.#hidden(tokens)) as tf.Tensor3D);
  }

  /** (B, T) → (B, T, C). Dropout stands before, between and after the layers. */
  #hidden(tokens: tf.Tensor2D, { dropoutKey, memory }: LossOptions = {}): tf.Tensor3D {
    const states = memory === undefined ? undefined : asLstmMemory(memory);
    let x = this.#embedding.apply(tokens) as tf.Tensor3D;
    for (const [i, layer] of this.#stack.entries()) {
      x = dropout(x, dropAt(this.config.dropout, dropoutKey, i));
      x = states === undefined ? (layer.apply(x) as tf.Tensor3D) : states.advance(i, layer, x);
    }
    return dropout(x, dropAt(this.config.dropout, dropoutKey, this.#stack.length));
  }

  startMemory(batch: number): Memory {
    return LstmMemory.empty(batch, this.config);
  }

  startDecoding(): Decoding {
    return new RowDecoding(
      new LstmPlaces(this.config, (tokens, memory) => {
        const last = lastPosition(this.#hidden(tokens, { memory }));
        return (this.#head.apply(last) as tf.Tensor3D).squeeze<tf.Tensor2D>([1]); // (B, V)
      }),
    );
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

function asLstmMemory(memory: Memory): LstmMemory {
  if (memory instanceof LstmMemory) return memory;
  throw new Error('lstm: expected a memory from startMemory of an LSTM');
}

// A stacked recurrent language model: embedding, layers of one kind, output layer.
import * as tf from '#tfjs';
import { dropAt, type FloatsPerToken, floatsOf, Head, TokenEmbedding } from '../../layers/index.ts';
import type { Specs } from '../../layers/parameters.ts';
import { dropout } from '../../ops/index.ts';
import { buildLayers, initialise, lastPosition, layerRows, type NamedLayers } from '../assembly.ts';
import type { Decoding, LanguageModel, LossOptions, Memory } from '../language-model.ts';
import { RowDecoding } from '../row-decoding.ts';
import type { RecurrentConfig } from './config.ts';
import { RecurrentPlaces } from './decoding.ts';
import type { RecurrentLayer } from './layer.ts';
import { RecurrentMemory } from './memory.ts';

/** What is particular to a kind of model. */
interface Kind {
  layer: () => RecurrentLayer;
  specs: Specs;
}

export class RecurrentModel<Config extends RecurrentConfig> implements LanguageModel {
  readonly config: Config;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #layers: NamedLayers;
  readonly #embedding: TokenEmbedding;
  readonly #stack: RecurrentLayer[];
  readonly #head: Head;

  /** Without a seed the weights are zero. */
  constructor(config: Config, seed: number | undefined, { layer, specs }: Kind) {
    this.config = config;
    const { arch, layers, vocabSize, width, tiedHead } = config;
    this.#embedding = new TokenEmbedding({ vocabSize, width });
    this.#stack = Array.from({ length: layers }, layer);
    this.#head = new Head({ vocabSize, width, bias: true, tiedTo: tiedHead ? this.#embedding : undefined });
    this.#layers = [
      ['embedding', this.#embedding],
      ...this.#stack.map((layer, i) => [`${arch}.${i}`, layer] as const),
      ['head', this.#head],
    ];
    this.parameters = buildLayers(this.#layers, width);
    if (seed !== undefined) initialise(this.parameters, seed, specs);
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
    const states = memory === undefined ? undefined : this.#own(memory);
    let x = this.#embedding.apply(tokens) as tf.Tensor3D;
    for (const [i, layer] of this.#stack.entries()) {
      x = dropout(x, dropAt(this.config.dropout, dropoutKey, i));
      x = states === undefined ? (layer.apply(x) as tf.Tensor3D) : states.advance(i, layer, x);
    }
    return dropout(x, dropAt(this.config.dropout, dropoutKey, this.#stack.length));
  }

  startMemory(batch: number): Memory {
    return this.#empty(batch);
  }

  startDecoding(): Decoding {
    return new RowDecoding(
      new RecurrentPlaces(
        () => this.#empty(1),
        (tokens, memory) => {
          const last = lastPosition(this.#hidden(tokens, { memory }));
          return (this.#head.apply(last) as tf.Tensor3D).squeeze<tf.Tensor2D>([1]); // (B, V)
        },
      ),
    );
  }

  #empty(batch: number): RecurrentMemory {
    return RecurrentMemory.empty(batch, this.#stack);
  }

  #own(memory: Memory): RecurrentMemory {
    if (memory instanceof RecurrentMemory) return memory;
    throw new Error(`${this.config.arch}: expected a memory from startMemory of a recurrent model`);
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

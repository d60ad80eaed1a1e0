// A stacked language model: embedding, layers of one kind, a norm where they have one, output layer.
import * as tf from '#tfjs';
import {
  dropAt,
  type FloatsPerToken,
  floatsOf,
  Head,
  LayerNorm,
  TokenEmbedding,
} from '../../layers/index.ts';
import type { Specs } from '../../layers/parameters.ts';
import { dropout } from '../../ops/index.ts';
import { buildLayers, initialise, lastPosition, layerRows, type NamedLayers } from '../assembly.ts';
import type { Decoding, LanguageModel, LossOptions, Memory } from '../language-model.ts';
import { RowDecoding } from '../row-decoding.ts';
import type { StackedConfig } from './config.ts';
import { StackedPlaces } from './decoding.ts';
import type { StackedLayer } from './layer.ts';
import { StackedMemory } from './memory.ts';

/** What is particular to a kind of model. */
interface Kind {
  layer: (i: number) => StackedLayer;
  /** Whether a norm stands before the output layer. */
  finalNorm: boolean;
  specs: Specs;
}

export class StackedModel<Config extends StackedConfig> implements LanguageModel {
  readonly config: Config;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #layers: NamedLayers;
  readonly #embedding: TokenEmbedding;
  readonly #stack: StackedLayer[];
  readonly #norm: LayerNorm | undefined;
  readonly #head: Head;

  /** Without a seed the weights are zero. */
  constructor(config: Config, seed: number | undefined, { layer, finalNorm, specs }: Kind) {
    this.config = config;
    const { arch, layers, vocabSize, width, tiedHead } = config;
    this.#embedding = new TokenEmbedding({ vocabSize, width });
    this.#stack = Array.from({ length: layers }, (_, i) => layer(i));
    this.#norm = finalNorm ? new LayerNorm({ width }) : undefined;
    this.#head = new Head({ vocabSize, width, bias: true, tiedTo: tiedHead ? this.#embedding : undefined });
    this.#layers = [
      ['embedding', this.#embedding],
      ...this.#stack.map((layer, i) => [`${arch}.${i}`, layer] as const),
      ...(this.#norm ? [['norm', this.#norm] as const] : []),
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

  /** (B, T) → (B, T, C). Dropout stands before the layers, and after each. */
  #hidden(tokens: tf.Tensor2D, { dropoutKey, memory }: LossOptions = {}): tf.Tensor3D {
    const states = memory === undefined ? undefined : this.#own(memory);
    const dropped = (x: tf.Tensor, place: number) =>
      dropout(x, dropAt(this.config.dropout, dropoutKey, place)) as tf.Tensor3D;
    let x = dropped(this.#embedding.apply(tokens) as tf.Tensor3D, 0);
    for (const [i, layer] of this.#stack.entries()) {
      const outputs = states === undefined ? layer.run(x) : states.advance(i, layer, x);
      x = layer.joined(x, dropped(outputs, i + 1));
    }
    return this.#norm ? (this.#norm.apply(x) as tf.Tensor3D) : x;
  }

  startMemory(batch: number): Memory {
    return this.#empty(batch);
  }

  startDecoding(): Decoding {
    return new RowDecoding(
      new StackedPlaces(
        () => this.#empty(1),
        (tokens, memory) => {
          const last = lastPosition(this.#hidden(tokens, { memory }));
          return (this.#head.apply(last) as tf.Tensor3D).squeeze<tf.Tensor2D>([1]); // (B, V)
        },
      ),
    );
  }

  #empty(batch: number): StackedMemory {
    return StackedMemory.empty(batch, this.#stack);
  }

  #own(memory: Memory): StackedMemory {
    if (memory instanceof StackedMemory) return memory;
    throw new Error(`${this.config.arch}: expected a memory from startMemory of a stacked model`);
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

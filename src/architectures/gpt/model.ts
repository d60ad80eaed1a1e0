// GPT-2: learned positions, pre-norm blocks, tied head; parameters named and laid out as Hugging Face's GPT-2.
import * as tf from '#tfjs';
import {
  dropAt,
  type FloatsPerToken,
  floatsOf,
  Head,
  LayerNorm,
  PositionEmbedding,
  TokenEmbedding,
  type WeightChange,
} from '../../layers/index.ts';
import { type AttentionCache, dropout } from '../../ops/index.ts';
import {
  adaptLayers,
  buildLayers,
  initialise,
  lastPosition,
  layerRows,
  type NamedLayers,
} from '../assembly.ts';
import type { Decoding, LanguageModel, LossOptions } from '../language-model.ts';
import { Block, PLACES_PER_BLOCK } from './block.ts';
import type { GptConfig } from './config.ts';
import { GptDecoding } from './decoding.ts';
import { gptSpecs } from './parameters.ts';

interface HiddenOptions extends LossOptions {
  caches?: AttentionCache[];
  start?: number;
}

export class Gpt implements LanguageModel {
  readonly config: GptConfig;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #layers: NamedLayers;
  readonly #tokens: TokenEmbedding;
  readonly #positions: PositionEmbedding;
  readonly #blocks: Block[];
  readonly #norm: LayerNorm;
  readonly #head: Head;

  /** Without a seed the weights are zero. */
  constructor(config: GptConfig, seed: number | undefined) {
    this.config = config;
    this.#tokens = new TokenEmbedding(config);
    this.#positions = new PositionEmbedding(config);
    this.#blocks = Array.from(
      { length: config.layers },
      (_, i) => new Block({ ...config, place: 1 + i * PLACES_PER_BLOCK }), // place 0 is the embeddings'
    );
    this.#norm = new LayerNorm(config);
    this.#head = new Head({ ...config, bias: false, tiedTo: this.#tokens });
    this.#layers = [
      ['wte', this.#tokens],
      ['wpe', this.#positions],
      ...this.#blocks.map((block, i) => [`h.${i}`, block] as const),
      ['ln_f', this.#norm],
      ['lm_head', this.#head],
    ];
    this.parameters = buildLayers(this.#layers, config.width);
    if (seed !== undefined) initialise(this.parameters, seed, gptSpecs(config));
  }

  get layers() {
    return layerRows(this.#layers);
  }

  get floatsPerToken(): FloatsPerToken {
    const { width, dropout } = this.config;
    const floats = floatsOf(this.#layers.map(([, layer]) => layer));
    return { ...floats, kept: floats.kept + (dropout > 0 ? width : 0) };
  }

  adapt(name: string, change: WeightChange): void {
    adaptLayers(this.#layers, name, change);
  }

  loss(tokens: tf.Tensor2D, targets: tf.Tensor2D, options: LossOptions = {}): tf.Scalar {
    return tf.tidy(() => this.#head.loss(this.#hidden(tokens, options), targets));
  }

  logits(tokens: tf.Tensor2D): tf.Tensor3D {
    return tf.tidy(() => this.#head.apply(this.#hidden(tokens)) as tf.Tensor3D);
  }

  /** (B, T) → (B, T, C) */
  #hidden(tokens: tf.Tensor2D, { dropoutKey, caches, start = 0 }: HiddenOptions = {}): tf.Tensor3D {
    if (start + tokens.shape[1] > this.config.context) {
      throw new Error(
        `gpt: expected at most ${this.config.context} positions, but got ${start + tokens.shape[1]}`,
      );
    }
    const embedded = this.#positions.apply(this.#tokens.apply(tokens), { start }) as tf.Tensor;
    let x = dropout(embedded, dropAt(this.config.dropout, dropoutKey, 0));
    for (const [i, block] of this.#blocks.entries()) {
      x = block.apply(x, { dropoutKey, cache: caches?.[i] }) as tf.Tensor;
    }
    return this.#norm.apply(x) as tf.Tensor3D;
  }

  startDecoding(batch: number): Decoding {
    const next = (tokens: tf.Tensor2D, start: number, caches: AttentionCache[]) => {
      const last = lastPosition(this.#hidden(tokens, { start, caches }));
      return (this.#head.apply(last) as tf.Tensor3D).squeeze<tf.Tensor2D>([1]); // (B, V)
    };
    return new GptDecoding(batch, this.config, next);
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

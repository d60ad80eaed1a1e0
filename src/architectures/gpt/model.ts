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
import { type AttentionCache, type CachedRows, dropout } from '../../ops/index.ts';
import {
  adaptLayers,
  buildLayers,
  initialise,
  lastPosition,
  layerRows,
  type NamedLayers,
} from '../assembly.ts';
import type { Decoding, LanguageModel, LossOptions } from '../language-model.ts';
import { RowDecoding } from '../row-decoding.ts';
import { Block, PLACES_PER_BLOCK } from './block.ts';
import type { GptConfig } from './config.ts';
import { GptPlaces } from './decoding.ts';
import { gptSpecs } from './parameters.ts';

interface HiddenOptions extends LossOptions {
  /** The layers' caches, and the rows of them that the tokens go on from. */
  caches?: readonly AttentionCache[];
  rows?: CachedRows;
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
  #hidden(tokens: tf.Tensor2D, { dropoutKey, caches, rows }: HiddenOptions = {}): tf.Tensor3D {
    const [, T] = tokens.shape;
    const { context } = this.config;
    const length = T + Math.max(0, ...(rows?.lengths ?? []));
    if (length > context) throw new Error(`gpt: expected at most ${context} positions, but got ${length}`);
    const positions = rows && positionsAfter(rows.lengths, T);
    const embedded = this.#positions.apply(this.#tokens.apply(tokens), { positions }) as tf.Tensor;
    let x = dropout(embedded, dropAt(this.config.dropout, dropoutKey, 0));
    for (const [i, block] of this.#blocks.entries()) {
      const cached = caches && rows && { cache: caches[i]!, rows };
      x = block.apply(x, { dropoutKey, cached }) as tf.Tensor;
    }
    return this.#norm.apply(x) as tf.Tensor3D;
  }

  startDecoding(): Decoding {
    return new RowDecoding(
      new GptPlaces(this.config, (tokens, rows, caches) => {
        const last = lastPosition(this.#hidden(tokens, { rows, caches }));
        return (this.#head.apply(last) as tf.Tensor3D).squeeze<tf.Tensor2D>([1]); // (B, V)
      }),
    );
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

/** (B, T): T positions after each of these lengths. */
function positionsAfter(lengths: readonly number[], T: number): tf.Tensor2D {
  const positions = lengths.flatMap((length) => Array.from({ length: T }, (_, t) => length + t));
  return tf.tensor2d(positions, [lengths.length, T], 'int32');
}

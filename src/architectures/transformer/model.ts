// A transformer that writes: token embedding, blocks, norm, head. Which layers these are, and how they are named, is each
// architecture's own.
import * as tf from '#tfjs';
import {
  dropAt,
  type FloatsPerToken,
  floatsOf,
  floatsRecomputing,
  type Head,
  type ModelLayer,
  type PositionEmbedding,
  type TokenEmbedding,
} from '../../layers/index.ts';
import type { Specs } from '../../layers/parameters.ts';
import { type AttentionCache, type CachedRows, dropout, type LowRank, recomputed } from '../../ops/index.ts';
import { gradientWanted } from '../../ops/kernel.ts';
import {
  adaptLayers,
  buildLayers,
  initialise,
  lastPosition,
  layerRows,
  type NamedLayers,
} from '../assembly.ts';
import type { ModelConfig } from '../config.ts';
import type { Decoding, LanguageModel, LossOptions } from '../language-model.ts';
import { RowDecoding } from '../row-decoding.ts';
import type { PreNormBlock } from './block.ts';
import { CachedPlaces } from './decoding.ts';
import type { RotaryTable } from './rotary-table.ts';

export type TransformerConfig = ModelConfig & {
  readonly layers: number;
  readonly width: number;
  readonly dropout: number;
};

export interface TransformerParts {
  tokens: TokenEmbedding;
  /** Learned positions, if it has them. */
  positions?: PositionEmbedding | undefined;
  /** What the tokens' vectors are multiplied by; 1 if not given. */
  scale?: number | undefined;
  /** Rotary positions of each block, if it has them; the model disposes of their tables. */
  rotary?: readonly RotaryTable[] | undefined;
  blocks: readonly PreNormBlock[];
  norm: ModelLayer;
  head: Head;
}

interface HiddenOptions extends LossOptions {
  /** The layers' caches, and the rows of them that the tokens go on from. */
  caches?: readonly AttentionCache[];
  rows?: CachedRows;
}

export class Transformer<Config extends TransformerConfig> implements LanguageModel {
  readonly config: Config;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #layers: NamedLayers;
  readonly #parts: TransformerParts;

  /** `layers` names all of the parts, in order. Without a seed the weights are zero. */
  constructor(
    config: Config,
    parts: TransformerParts,
    layers: NamedLayers,
    specs: Specs,
    seed: number | undefined,
  ) {
    this.config = config;
    this.#parts = parts;
    this.#layers = layers;
    this.parameters = buildLayers(layers, config.width);
    if (seed !== undefined) initialise(this.parameters, seed, specs);
  }

  get layers() {
    return layerRows(this.#layers);
  }

  get floatsPerToken(): FloatsPerToken {
    const { width, dropout } = this.config;
    const floats = floatsOf(this.#layers.map(([, layer]) => layer));
    const added = (dropout > 0 ? width : 0) + (this.#parts.scale ? width : 0);
    return { ...floats, kept: floats.kept + added };
  }

  get floatsRecomputing(): FloatsPerToken {
    const { blocks } = this.#parts;
    const inBlocks = new Set<ModelLayer>(blocks);
    const others = this.#layers.map(([, layer]) => layer).filter((layer) => !inBlocks.has(layer));
    return floatsRecomputing(blocks, others, this.config.width);
  }

  adapt(name: string, adapter: LowRank): void {
    adaptLayers(this.#layers, name, adapter);
  }

  loss(tokens: tf.Tensor2D, targets: tf.Tensor2D, options: LossOptions = {}): tf.Scalar {
    return tf.tidy(() => this.#parts.head.loss(this.#hidden(tokens, options), targets));
  }

  logits(tokens: tf.Tensor2D): tf.Tensor3D {
    return tf.tidy(() => this.#parts.head.apply(this.#hidden(tokens)) as tf.Tensor3D);
  }

  /** (B, T) → (B, T, C) */
  #hidden(tokens: tf.Tensor2D, { dropoutKey, recompute, caches, rows }: HiddenOptions = {}): tf.Tensor3D {
    const [, T] = tokens.shape;
    const { arch, context } = this.config;
    const { scale, positions, rotary, blocks, norm } = this.#parts;
    const length = T + Math.max(0, ...(rows?.lengths ?? []));
    if (length > context)
      throw new Error(`${arch}: expected at most ${context} positions, but got ${length}`);
    const looked = this.#parts.tokens.apply(tokens) as tf.Tensor;
    const words = scale ? looked.mul(scale) : looked;
    const places = rows && { positions: positionsAfter(rows.lengths, T) };
    const embedded = positions ? (positions.apply(words, places) as tf.Tensor) : words;
    const starts = rotary && rows && tf.tensor1d([...rows.lengths], 'int32');
    let x = dropout(embedded, dropAt(this.config.dropout, dropoutKey, 0));
    for (const [i, block] of blocks.entries()) {
      const cached = caches && rows && { cache: caches[i]!, rows };
      const rotations = rotary?.[i]?.upTo(length);
      const ran = () => block.apply(x, { dropoutKey, cached, rotations, starts }) as tf.Tensor;
      if (recompute)
        x = recomputed(
          { x, rotations },
          ({ x, rotations }) => block.apply(x, { dropoutKey, rotations }) as tf.Tensor,
        );
      else if (gradientWanted()) x = ran();
      else {
        // Nothing looks back at a block's activations, of which a long text has many.
        const before = x;
        x = tf.tidy(ran);
        if (i > 0) before.dispose();
      }
    }
    return norm.apply(x) as tf.Tensor3D;
  }

  startDecoding(): Decoding {
    return new RowDecoding(
      new CachedPlaces(this.config, (tokens, rows, caches) => {
        const last = lastPosition(this.#hidden(tokens, { rows, caches }));
        return (this.#parts.head.apply(last) as tf.Tensor3D).squeeze<tf.Tensor2D>([1]); // (B, V)
      }),
    );
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
    for (const table of new Set(this.#parts.rotary)) table.dispose();
  }
}

/** (B, T): T positions after each of these lengths. */
function positionsAfter(lengths: readonly number[], T: number): tf.Tensor2D {
  const positions = lengths.flatMap((length) => Array.from({ length: T }, (_, t) => length + t));
  return tf.tensor2d(positions, [lengths.length, T], 'int32');
}

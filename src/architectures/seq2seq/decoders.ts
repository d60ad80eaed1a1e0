// Decoders: from a target's vectors to what the output layer reads, looking at the source.
import * as tf from '#tfjs';
import type { Key } from '../../base/random.ts';
import { dropAt, LayerNorm, ModelLayer } from '../../layers/index.ts';
import { Product } from '../../layers/product.ts';
import { AttentionCache, type Cached, cachedRows, dropout } from '../../ops/index.ts';
import { SelfAttention } from '../gpt/attention.ts';
import { Mlp } from '../gpt/mlp.ts';
import { StackedMemory } from '../stacked/memory.ts';
import { type Attended, Attention, type Looked } from './attention.ts';
import type { Seq2SeqConfig } from './config.ts';
import { blockNames, crossAttentionShape } from './parameters.ts';
import { Progress } from './progress.ts';
import { Stack, type StackShape } from './stack.ts';

export interface Decoded {
  /** (B, T, C) */
  hidden: tf.Tensor3D;
  /** What each attention saw: none, one, or one a block. */
  looks: Attended[];
}

interface DecodeOptions {
  dropoutKey?: Key | undefined;
  /** The targets go on from here. */
  progress?: Progress | undefined;
}

export abstract class Decoder extends ModelLayer {
  /** What each attention makes of a source, once. */
  abstract look(states: tf.Tensor3D, mask: tf.Tensor): Looked[];
  /** x (B, T, C) */
  abstract decode(x: tf.Tensor3D, looked: readonly Looked[], options?: DecodeOptions): Decoded;
  /** Targets of which there is nothing yet. */
  abstract begin(rows: number): Progress;
}

/** Looks at the source by attention number i, and takes note of it in the targets' progress. */
function lookAt(
  attention: Attention,
  i: number,
  queries: tf.Tensor3D,
  looked: Looked,
  options: DecodeOptions,
): Attended {
  const { dropoutKey, progress } = options;
  const attended = attention.attend(queries, { looked, dropoutKey, coverage: progress?.coverageOf(i) });
  if (attended.coverage) progress?.cover(i, attended.coverage);
  return attended;
}

/**
 * Recurrent or convolutional: attention stands after the layers, and what it saw is joined with what they say, as Luong et al.
 * (2015) do, but without their tanh: all its inputs learn the frequencies of tokens at once, which drives it so far out in a
 * few dozen steps that no gradient comes through any more.
 */
export class StackDecoder extends Decoder {
  static className = 'StackDecoder';
  readonly #stack: Stack;
  readonly #attention: Attention | undefined;
  readonly #combine: Product | undefined;

  constructor(config: Seq2SeqConfig, shape: StackShape) {
    super({});
    this.#stack = this.child('stack', new Stack(shape));
    const cross = crossAttentionShape(config);
    if (!cross) return;
    const { width, layers, rate, place } = shape;
    this.#attention = this.child('attention', new Attention({ ...cross, rate, place: place + layers }));
    this.#combine = this.child('combine', new Product({ inputs: 2 * width, outputs: width }));
  }

  override look(states: tf.Tensor3D, mask: tf.Tensor): Looked[] {
    return this.#attention ? [this.#attention.look(states, mask)] : [];
  }

  override decode(x: tf.Tensor3D, looked: readonly Looked[], options: DecodeOptions = {}): Decoded {
    const hidden = this.#stack.run(x, options.dropoutKey, options.progress?.memory);
    if (!this.#attention || !this.#combine) return { hidden, looks: [] };
    const attended = lookAt(this.#attention, 0, hidden, looked[0]!, options);
    const joined = tf.concat([attended.context, hidden], 2); // (B, T, 2C)
    return { hidden: this.#combine.apply(joined) as tf.Tensor3D, looks: [attended] };
  }

  override begin(rows: number): Progress {
    return new Progress({ memory: StackedMemory.empty(rows, this.#stack.layers) });
  }
}

/** GPT-2's blocks, with attention to the source between attention to the target and Mlp (Vaswani et al. 2017). */
export class TransformerDecoder extends Decoder {
  static className = 'TransformerDecoder';
  readonly #blocks: DecoderBlock[];
  readonly #norm: LayerNorm;

  constructor(config: Seq2SeqConfig, place: number) {
    super({});
    const names = blockNames(config.decoder);
    const block = (i: number) => new DecoderBlock(config, place + i * PLACES_PER_BLOCK);
    this.#blocks = Array.from({ length: config.layers }, (_, i) => this.child(names.block(i), block(i)));
    this.#norm = this.child(names.norm, new LayerNorm({ width: config.width }));
  }

  override look(states: tf.Tensor3D, mask: tf.Tensor): Looked[] {
    return this.#blocks.flatMap(({ cross }) => (cross ? [cross.look(states, mask)] : []));
  }

  override decode(x: tf.Tensor3D, looked: readonly Looked[], options: DecodeOptions = {}): Decoded {
    const { progress } = options;
    const places = Array.from({ length: x.shape[0] }, (_, row) => row);
    const rows =
      progress &&
      cachedRows(
        places,
        places.map(() => progress.length),
      );
    const looks: Attended[] = [];
    let stream = x;
    for (const [i, block] of this.#blocks.entries()) {
      const cached = progress && rows && { cache: progress.caches[i]!, rows };
      const look = (cross: Attention, queries: tf.Tensor3D) => {
        const attended = lookAt(cross, i, queries, looked[i]!, options);
        looks.push(attended);
        return attended.context;
      };
      stream = block.decode(stream, look, options.dropoutKey, cached);
    }
    return { hidden: this.#norm.apply(stream) as tf.Tensor3D, looks };
  }

  override begin(): Progress {
    return new Progress({ caches: this.#blocks.map(() => new AttentionCache()) });
  }
}

/** Dropout falls on the weights of both attentions, and on the three additions. */
const PLACES_PER_BLOCK = 5;

class DecoderBlock extends ModelLayer {
  static className = 'DecoderBlock';
  readonly cross: Attention | undefined;
  readonly #norm1: LayerNorm;
  readonly #attention: SelfAttention;
  readonly #normCross: LayerNorm | undefined;
  readonly #norm2: LayerNorm;
  readonly #mlp: Mlp;
  readonly #rate: number;
  readonly #place: number;

  constructor(config: Seq2SeqConfig, place: number) {
    super({});
    const { width, heads, context, dropout } = config;
    this.#rate = dropout;
    this.#place = place;
    this.#norm1 = this.child('ln_1', new LayerNorm({ width }));
    this.#attention = this.child('attn', new SelfAttention({ width, heads, context, dropout, place }));
    const cross = crossAttentionShape(config);
    if (cross) {
      const names = blockNames(config.decoder);
      this.#normCross = this.child(names.crossNorm, new LayerNorm({ width }));
      this.cross = this.child(names.cross, new Attention({ ...cross, rate: dropout, place: place + 1 }));
    }
    this.#norm2 = this.child('ln_2', new LayerNorm({ width }));
    this.#mlp = this.child('mlp', new Mlp({ width }));
  }

  /** x (B, T, C) */
  decode(
    x: tf.Tensor3D,
    look: (cross: Attention, queries: tf.Tensor3D) => tf.Tensor3D,
    dropoutKey: Key | undefined,
    cached: Cached | undefined,
  ): tf.Tensor3D {
    const add = (stream: tf.Tensor3D, more: tf.Tensor, place: number) =>
      stream.add<tf.Tensor3D>(dropout(more, dropAt(this.#rate, dropoutKey, this.#place + place)));
    let stream = add(x, this.#attention.apply(this.#norm1.apply(x), { dropoutKey, cached }) as tf.Tensor, 2);
    if (this.cross && this.#normCross)
      stream = add(stream, look(this.cross, this.#normCross.apply(stream) as tf.Tensor3D), 3);
    return add(stream, this.#mlp.apply(this.#norm2.apply(stream)) as tf.Tensor, 4);
  }
}

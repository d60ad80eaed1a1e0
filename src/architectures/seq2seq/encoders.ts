// Encoders: from a source's vectors to a vector for each of its tokens, which attention looks at, and one for all of it.
import * as tf from '#tfjs';
import type { Key } from '../../base/random.ts';
import { dropAt, LayerNorm, ModelLayer } from '../../layers/index.ts';
import { Product } from '../../layers/product.ts';
import { dropout } from '../../ops/index.ts';
import { EncoderLayer, PLACES_PER_LAYER } from '../bert/layer.ts';
import { Mlp } from '../gpt/mlp.ts';
import { Attention } from './attention.ts';
import type { EncoderConfig } from './config.ts';
import { selfAttentionShape } from './parameters.ts';
import { Stack, type StackShape } from './stack.ts';
import { lastWithin, meanWithin, reversedWithin } from './within-lengths.ts';

export interface Encoded {
  /** (B, S, C) */
  states: tf.Tensor3D;
  /** Of all of it, (B, C): asked for by decoders alone. */
  summary(): tf.Tensor2D;
}

export abstract class Encoder extends ModelLayer {
  /** x (B, S, C), of which each row's first `lengths` count, (B) */
  abstract encode(x: tf.Tensor3D, lengths: tf.Tensor1D, dropoutKey?: Key): Encoded;
}

/** Recurrent or convolutional: from the left, and, where it is bidirectional, other layers from the right. */
export class StackEncoder extends Encoder {
  static className = 'StackEncoder';
  readonly #forward: Stack;
  readonly #backward: Stack | undefined;
  readonly #join: Product | undefined;

  constructor(shape: StackShape, bidirectional: boolean) {
    super({});
    const { width, layers, place } = shape;
    this.#forward = this.child('forward', new Stack(shape));
    if (!bidirectional) return;
    this.#backward = this.child('backward', new Stack({ ...shape, place: place + layers }));
    this.#join = this.child('join', new Product({ inputs: 2 * width, outputs: width }));
  }

  override encode(x: tf.Tensor3D, lengths: tf.Tensor1D, dropoutKey?: Key): Encoded {
    const forward = this.#forward.run(x, dropoutKey);
    const end = () => lastWithin(forward, lengths);
    if (!this.#backward || !this.#join) return { states: forward, summary: end };
    const backward = this.#backward.run(reversedWithin(x, lengths), dropoutKey);
    const both = tf.concat([forward, reversedWithin(backward, lengths)], 2); // (B, S, 2C)
    const join = this.#join;
    return {
      states: join.apply(both) as tf.Tensor3D,
      summary: () => join.apply(tf.concat([end(), lastWithin(backward, lengths)], 1)) as tf.Tensor2D, // of (B, 2C)
    };
  }
}

/** Pre-norm blocks of attention in both directions. */
export class TransformerEncoder extends Encoder {
  static className = 'TransformerEncoder';
  readonly #blocks: EncoderBlock[];
  readonly #norm: LayerNorm;

  constructor(config: EncoderConfig, place: number) {
    super({});
    const { layers, width } = config;
    const block = (i: number) => new EncoderBlock(config, place + i * PLACES_PER_BLOCK);
    this.#blocks = Array.from({ length: layers }, (_, i) => this.child(String(i), block(i)));
    this.#norm = this.child('norm', new LayerNorm({ width }));
  }

  override encode(x: tf.Tensor3D, lengths: tf.Tensor1D, dropoutKey?: Key): Encoded {
    let stream = x;
    for (const block of this.#blocks) stream = block.encode(stream, lengths, dropoutKey);
    const states = this.#norm.apply(stream) as tf.Tensor3D;
    return { states, summary: () => meanWithin(states, lengths) };
  }
}

/** BERT's layers, which look to both sides. */
export class BertEncoder extends Encoder {
  static className = 'BertEncoder';
  readonly #layers: EncoderLayer[];

  constructor(config: EncoderConfig, place: number) {
    super({});
    const layer = (i: number) => new EncoderLayer({ ...config, place: place + i * PLACES_PER_LAYER });
    this.#layers = Array.from({ length: config.layers }, (_, i) => this.child(`layer.${i}`, layer(i)));
  }

  override encode(x: tf.Tensor3D, lengths: tf.Tensor1D, dropoutKey?: Key): Encoded {
    let states = x;
    for (const layer of this.#layers) states = layer.apply(states, { dropoutKey, lengths }) as tf.Tensor3D;
    return { states, summary: () => meanWithin(states, lengths) };
  }
}

/** Dropout falls on the attention's weights, and on both additions. */
const PLACES_PER_BLOCK = 3;

class EncoderBlock extends ModelLayer {
  static className = 'EncoderBlock';
  readonly #norm1: LayerNorm;
  readonly #attention: Attention;
  readonly #norm2: LayerNorm;
  readonly #mlp: Mlp;
  readonly #rate: number;
  readonly #place: number;

  constructor(config: EncoderConfig, place: number) {
    super({});
    const { width, dropout: rate } = config;
    this.#rate = rate;
    this.#place = place;
    this.#norm1 = this.child('ln_1', new LayerNorm({ width }));
    this.#attention = this.child('attention', new Attention({ ...selfAttentionShape(config), rate, place }));
    this.#norm2 = this.child('ln_2', new LayerNorm({ width }));
    this.#mlp = this.child('mlp', new Mlp({ width }));
  }

  /** x (B, S, C) */
  encode(x: tf.Tensor3D, lengths: tf.Tensor1D, dropoutKey?: Key): tf.Tensor3D {
    const add = (stream: tf.Tensor3D, more: tf.Tensor, place: number) =>
      stream.add<tf.Tensor3D>(dropout(more, dropAt(this.#rate, dropoutKey, this.#place + place)));
    const normed = this.#norm1.apply(x) as tf.Tensor3D;
    const middle = add(x, this.#attention.attendToItself(normed, lengths, dropoutKey), 1);
    return add(middle, this.#mlp.apply(this.#norm2.apply(middle)) as tf.Tensor, 2);
  }
}

// Tagger: an encoder reads a source, and an output layer scores labels at each of its tokens.
import * as tf from '#tfjs';
import type { Key } from '../../base/random.ts';
import { dropAt, type FloatsPerToken, floatsOf, Head } from '../../layers/index.ts';
import { type CrfAllowed, type CrfWeights, crfLoss, ctcLoss, dropout } from '../../ops/index.ts';
import { buildLayers, initialise, layerRows, type NamedLayers } from '../assembly.ts';
import { bioAllowed } from '../bio.ts';
import type { LabelModel } from '../label-model.ts';
import type { LossOptions } from '../language-model.ts';
import type { PaddedTexts } from '../pair-model.ts';
import type { Encoder } from '../seq2seq/encoders.ts';
import type { LoadedRoom } from '../seq2seq/rooms.ts';
import { encoderOf, sourceOf } from '../seq2seq/sides.ts';
import { isWithin } from '../seq2seq/within-lengths.ts';
import type { TaggerConfig } from './config.ts';
import { Crf } from './crf.ts';
import { outputsOf, taggerSpecs } from './parameters.ts';

/** Dropout falls on the source's vectors; the encoder's layers count their own places from here on. */
const PLACE = { source: 0, encoder: 1000 } as const;

export class Tagger implements LabelModel {
  readonly config: TaggerConfig;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly allowed: CrfAllowed | undefined;
  readonly blank: number | undefined;
  readonly #layers: NamedLayers;
  readonly #source: ReturnType<typeof sourceOf>;
  readonly #encoder: Encoder;
  readonly #head: Head;
  readonly #crf: Crf | undefined;

  /** Without a seed the weights are zero; without a room the encoder is a Transformer. */
  constructor(config: TaggerConfig, seed: number | undefined, room: LoadedRoom | undefined) {
    this.config = config;
    const { vocabSize, sourceVocabSize, labels, width, head } = config;
    this.allowed = head === 'ctc' ? undefined : bioAllowed(labels, vocabSize);
    this.blank = head === 'ctc' ? vocabSize : undefined;
    this.#source = sourceOf(config, sourceVocabSize);
    this.#encoder = encoderOf(config, room, PLACE.encoder);
    this.#head = new Head({ vocabSize: outputsOf(config), width, bias: true });
    this.#crf = head === 'crf' ? new Crf({ labels: vocabSize }) : undefined;
    this.#layers = [
      ['source', this.#source],
      ['encoder', this.#encoder],
      ['head', this.#head],
      ...(this.#crf ? [['crf', this.#crf] as const] : []),
    ];
    this.parameters = buildLayers(this.#layers, width);
    if (seed !== undefined) initialise(this.parameters, seed, taggerSpecs(config));
  }

  get layers() {
    return layerRows(this.#layers);
  }

  get floatsPerToken(): FloatsPerToken {
    return floatsOf(this.#layers.map(([, layer]) => layer));
  }

  get crf(): CrfWeights | undefined {
    return this.#crf?.parameters;
  }

  loss(sources: PaddedTexts, labels: PaddedTexts, { dropoutKey }: LossOptions = {}): tf.Scalar {
    return tf.tidy(() => {
      const hidden = this.#read(sources, dropoutKey);
      if (this.crf) return crfLoss(this.#scores(hidden), labels.ids, sources.lengths, this.crf, this.allowed);
      if (this.blank === undefined) return this.#head.loss(hidden, withoutPadding(labels));
      const { lengths } = sources;
      return ctcLoss(this.#scores(hidden), lengths, labels.ids, labels.lengths, { blank: this.blank });
    });
  }

  scores(sources: PaddedTexts): tf.Tensor3D {
    return tf.tidy(() => this.#scores(this.#read(sources)));
  }

  /** (B, T, C) */
  #read({ ids, lengths }: PaddedTexts, dropoutKey?: Key): tf.Tensor3D {
    const { context, dropout: rate } = this.config;
    const T = ids.shape[1];
    if (T > context) throw new Error(`tagger: expected a source of at most ${context} tokens, but got ${T}`);
    const x = dropout(this.#source.embed(ids), dropAt(rate, dropoutKey, PLACE.source)) as tf.Tensor3D;
    return this.#encoder.encode(x, lengths, dropoutKey).states;
  }

  #scores(hidden: tf.Tensor3D): tf.Tensor3D {
    return this.#head.apply(hidden) as tf.Tensor3D;
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

/** ids (B, T) with −1 in the padding */
function withoutPadding({ ids, lengths }: PaddedTexts): tf.Tensor2D {
  return tf.where(isWithin(lengths, ids.shape[1]), ids, tf.onesLike(ids).neg());
}

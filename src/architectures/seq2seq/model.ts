// Seq2Seq: an encoder reads a source, a decoder that looks at it writes a target.
import * as tf from '#tfjs';
import type { Key } from '../../base/random.ts';
import { dropAt, type FloatsPerToken, floatsOf, Head } from '../../layers/index.ts';
import { Product } from '../../layers/product.ts';
import { dropout, paddingMask } from '../../ops/index.ts';
import { buildLayers, initialise, layerRows, type NamedLayers } from '../assembly.ts';
import type { LossOptions } from '../language-model.ts';
import type { BesideDecoder, PaddedPairs, PaddedTexts, PairModel, Steps } from '../pair-model.ts';
import type { Seq2SeqConfig } from './config.ts';
import { ctcBeside, ctcLogProbabilities } from './ctc.ts';
import type { Decoded, Decoder } from './decoders.ts';
import type { Encoded, Encoder } from './encoders.ts';
import { hasBridge, headForm, seq2seqSpecs } from './parameters.ts';
import type { Progress } from './progress.ts';
import { decoderOf, encoderOf, type Rooms, sourceOf, targetOf } from './sides.ts';
import { type Read, SourceSteps } from './steps.ts';
import type { TokenInput } from './token-input.ts';
import { coveredTwice, mixedInputs, smoothedLoss } from './training.ts';

/** Dropout falls on both texts' vectors; the layers of each side count their own places from here on. */
const PLACE = { source: 0, target: 1, guesses: 2, encoder: 1000, decoder: 2000 } as const;

export class Seq2Seq implements PairModel {
  readonly config: Seq2SeqConfig;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #layers: NamedLayers;
  readonly #source: ReturnType<typeof sourceOf>;
  readonly #encoder: Encoder;
  readonly #target: TokenInput;
  readonly #bridge: Product | undefined;
  readonly #decoder: Decoder;
  readonly #head: Head;
  readonly #ctcHead: Head | undefined;

  /** Without a seed the weights are zero. */
  constructor(config: Seq2SeqConfig, seed: number | undefined, { encoder, decoder }: Rooms) {
    this.config = config;
    const { width, vocabSize, sourceVocabSize, ctcWeight, context: sharedBy } = config;
    this.#source = sourceOf(config, sourceVocabSize);
    this.#encoder = encoderOf(config, encoder, PLACE.encoder);
    this.#target = targetOf(config);
    this.#bridge = hasBridge(config.decoder)
      ? new Product({ inputs: width, outputs: width, sharedBy })
      : undefined;
    this.#decoder = decoderOf(config, decoder, PLACE.decoder);
    const { bias, tied } = headForm(config.decoder);
    this.#head = new Head({ vocabSize, width, bias, tiedTo: tied ? this.#target.tokens : undefined });
    this.#ctcHead = ctcWeight > 0 ? new Head({ vocabSize: vocabSize + 1, width, bias: true }) : undefined;
    this.#layers = [
      ['source', this.#source],
      ['encoder', this.#encoder],
      ['target', this.#target],
      ...(this.#bridge ? [['bridge', this.#bridge] as const] : []),
      ['decoder', this.#decoder],
      ['head', this.#head],
      ...(this.#ctcHead ? [['ctc', this.#ctcHead] as const] : []),
    ];
    this.parameters = buildLayers(this.#layers, width);
    if (seed !== undefined) initialise(this.parameters, seed, seq2seqSpecs(config));
  }

  get layers() {
    return layerRows(this.#layers);
  }

  get floatsPerToken(): FloatsPerToken {
    return floatsOf(this.#layers.map(([, layer]) => layer));
  }

  get ctc(): BesideDecoder | undefined {
    const head = this.#ctcHead;
    if (!head) return undefined;
    return {
      weight: this.config.ctcWeight,
      startSteps: (sources) => {
        let steps!: Steps;
        const logProbabilities = tf.tidy(() => {
          const encoded = this.#encode(sources);
          steps = this.#stepsFrom(sources, () => this.#look(encoded, sources));
          return ctcLogProbabilities(head, encoded.states);
        });
        return { steps, logProbabilities };
      },
    };
  }

  loss(pairs: PaddedPairs, { dropoutKey }: LossOptions = {}): tf.Scalar {
    const { sources, inputs, targets } = pairs;
    return tf.tidy(() => {
      if (dropoutKey === undefined)
        return this.#head.loss(this.#decode(this.#read(sources), inputs).hidden, targets);
      const encoded = this.#encode(sources, dropoutKey);
      const read = this.#look(encoded, sources);
      const { coverage, labelSmoothing, teacherForcing, ctcWeight } = this.config;
      const given = { share: teacherForcing, key: dropoutKey, place: PLACE.guesses };
      const mixed = mixedInputs(inputs, given, () => this.#logits(this.#decode(read, inputs).hidden));
      const { hidden, looks } = this.#decode(read, mixed, dropoutKey);
      const own =
        labelSmoothing > 0
          ? smoothedLoss(this.#logits(hidden), targets, labelSmoothing)
          : this.#head.loss(hidden, targets);
      const loss = coverage > 0 ? own.add<tf.Scalar>(coveredTwice(looks, targets).mul(coverage)) : own;
      if (!this.#ctcHead) return loss;
      const beside = ctcBeside(this.#ctcHead, encoded.states, pairs);
      return loss.mul(1 - ctcWeight).add(beside.mul(ctcWeight));
    });
  }

  logits(sources: PaddedTexts, inputs: tf.Tensor2D): tf.Tensor3D {
    return tf.tidy(() => this.#logits(this.#decode(this.#read(sources), inputs).hidden));
  }

  /** That of the last attention, over whose heads it is the mean. */
  attention(sources: PaddedTexts, inputs: tf.Tensor2D): tf.Tensor3D | undefined {
    return tf.tidy(() =>
      this.#decode(this.#read(sources), inputs).looks.at(-1)?.weights.mean<tf.Tensor3D>(1),
    );
  }

  startSteps(sources: PaddedTexts): Steps {
    return this.#stepsFrom(sources, () => this.#read(sources));
  }

  #stepsFrom(sources: PaddedTexts, read: () => Read): Steps {
    return new SourceSteps({
      rows: sources.ids.shape[0],
      read,
      begin: (rows) => this.#decoder.begin(rows),
      next: (tokens, read, progress) => {
        const { hidden } = this.#decode(read, tokens, undefined, progress);
        return this.#logits(hidden).squeeze<tf.Tensor2D>([1]); // (R, V)
      },
    });
  }

  #read(sources: PaddedTexts): Read {
    return this.#look(this.#encode(sources), sources);
  }

  #encode({ ids, lengths }: PaddedTexts, dropoutKey?: Key): Encoded {
    checkLength('source', ids.shape[1], this.config);
    const x = this.#dropped(this.#source.embed(ids), dropoutKey, PLACE.source);
    return this.#encoder.encode(x, lengths, dropoutKey);
  }

  #look({ states, summary }: Encoded, { ids, lengths }: PaddedTexts): Read {
    return {
      looked: this.#decoder.look(states, paddingMask(lengths, ids.shape[1])),
      bridge: (this.#bridge?.apply(summary()) as tf.Tensor2D | undefined)?.expandDims<tf.Tensor3D>(1),
    };
  }

  /** inputs (B, T), from the beginning, or on from where targets are. */
  #decode({ looked, bridge }: Read, inputs: tf.Tensor2D, dropoutKey?: Key, progress?: Progress): Decoded {
    const from = progress?.length ?? 0;
    checkLength('target', from + inputs.shape[1], this.config);
    const x = this.#target.embed(inputs, from, bridge);
    return this.#decoder.decode(this.#dropped(x, dropoutKey, PLACE.target), looked, { dropoutKey, progress });
  }

  #logits(hidden: tf.Tensor3D): tf.Tensor3D {
    return this.#head.apply(hidden) as tf.Tensor3D;
  }

  #dropped(x: tf.Tensor3D, dropoutKey: Key | undefined, place: number): tf.Tensor3D {
    return dropout(x, dropAt(this.config.dropout, dropoutKey, place)) as tf.Tensor3D;
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

function checkLength(what: string, length: number, { context }: Seq2SeqConfig): void {
  if (length > context)
    throw new Error(`seq2seq: expected a ${what} of at most ${context} tokens, but got ${length}`);
}

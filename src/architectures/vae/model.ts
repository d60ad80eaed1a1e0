// Vae: an encoder makes a latent vector of a text, from which a decoder makes the text again.
import * as tf from '#tfjs';
import { fold, type Key } from '../../base/random.ts';
import { dropAt, type FloatsPerToken, floatsOf, Head } from '../../layers/index.ts';
import { Product } from '../../layers/product.ts';
import { dropout } from '../../ops/index.ts';
import { buildLayers, initialise, layerRows, type NamedLayers } from '../assembly.ts';
import type { LatentLossOptions, LatentModel, Posterior } from '../latent-model.ts';
import type { PaddedPairs, PaddedTexts, Steps } from '../pair-model.ts';
import type { Decoder } from '../seq2seq/decoders.ts';
import type { Encoder } from '../seq2seq/encoders.ts';
import type { Progress } from '../seq2seq/progress.ts';
import { decoderOf, encoderOf, type Rooms, sourceOf, targetOf } from '../seq2seq/sides.ts';
import { SourceSteps } from '../seq2seq/steps.ts';
import type { TokenInput } from '../seq2seq/token-input.ts';
import { meanWithin } from '../seq2seq/within-lengths.ts';
import { sidesOf, type VaeConfig } from './config.ts';
import { costOf, drawn, posteriorOf, withUnknown } from './latent.ts';
import { vaeSpecs } from './parameters.ts';

/** Dropout falls on the vectors that either side is given; the layers of each count their own places from here on. */
const PLACE = { source: 0, target: 1, noise: 2, words: 3, encoder: 1000, decoder: 2000 } as const;

export class Vae implements LatentModel {
  readonly config: VaeConfig;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #layers: NamedLayers;
  readonly #source: ReturnType<typeof sourceOf>;
  readonly #encoder: Encoder;
  readonly #posterior: Product;
  readonly #target: TokenInput;
  readonly #bridge: Product;
  readonly #decoder: Decoder;
  readonly #head: Head;

  /** Without a seed the weights are zero. */
  constructor(config: VaeConfig, seed: number | undefined, { encoder, decoder }: Rooms) {
    this.config = config;
    const { width, vocabSize, latent, context } = config;
    const sides = sidesOf(config);
    this.#source = sourceOf(sides, sides.sourceVocabSize);
    this.#encoder = encoderOf(sides, encoder, PLACE.encoder);
    this.#posterior = new Product({ inputs: width, outputs: 2 * latent, sharedBy: context });
    this.#target = targetOf(sides);
    this.#bridge = new Product({ inputs: latent, outputs: width, sharedBy: context });
    this.#decoder = decoderOf(sides, decoder, PLACE.decoder);
    this.#head = new Head({ vocabSize, width, bias: true });
    this.#layers = [
      ['source', this.#source],
      ['encoder', this.#encoder],
      ['posterior', this.#posterior],
      ['target', this.#target],
      ['bridge', this.#bridge],
      ['decoder', this.#decoder],
      ['head', this.#head],
    ];
    this.parameters = buildLayers(this.#layers, width);
    if (seed !== undefined) initialise(this.parameters, seed, vaeSpecs(config));
  }

  get layers() {
    return layerRows(this.#layers);
  }

  get floatsPerToken(): FloatsPerToken {
    return floatsOf(this.#layers.map(([, layer]) => layer));
  }

  loss({ sources, inputs, targets }: PaddedPairs, { step, dropoutKey }: LatentLossOptions): tf.Scalar {
    return tf.tidy(() => {
      const { klAnnealSteps, freeBits, wordDropout: share, vocabSize: unknown } = this.config;
      const posterior = this.#read(sources, dropoutKey);
      const z = dropoutKey ? drawn(posterior, fold(dropoutKey, PLACE.noise)) : posterior.mean;
      const given = dropoutKey
        ? withUnknown(inputs, { share, unknown, key: fold(dropoutKey, PLACE.words) })
        : inputs;
      const hidden = this.#decode(this.#bridgeOf(z), given, dropoutKey);
      const cost = costOf(posterior, freeBits).div(sources.lengths.sum().toFloat());
      const weight = Math.min(1, step / Math.max(1, klAnnealSteps));
      return this.#head.loss(hidden, targets).add(cost.mul(klAnnealSteps === 0 ? 1 : weight));
    });
  }

  posterior(texts: PaddedTexts): Posterior {
    let posterior: Posterior | undefined;
    tf.tidy(() => {
      posterior = this.#read(texts);
      return Object.values(posterior);
    });
    return posterior!;
  }

  reconstruction(z: tf.Tensor2D, { inputs, targets }: Pick<PaddedPairs, 'inputs' | 'targets'>): tf.Tensor1D {
    return tf.tidy(() =>
      this.#head.lossOfEach(this.#decode(this.#bridgeOf(z), inputs), targets).sum<tf.Tensor1D>(1),
    );
  }

  startTexts(z: tf.Tensor2D): Steps {
    return new SourceSteps({
      rows: z.shape[0],
      read: () => ({ looked: [], bridge: this.#bridgeOf(z) }),
      begin: (rows) => this.#decoder.begin(rows),
      next: (tokens, { bridge }, progress) => {
        const hidden = this.#decode(bridge, tokens, undefined, progress);
        return (this.#head.apply(hidden) as tf.Tensor3D).squeeze<tf.Tensor2D>([1]); // (R, V)
      },
    });
  }

  /** From the mean of what the encoder says at each token: from the last alone, posteriors collapse (Long et al. 2019). */
  #read({ ids, lengths }: PaddedTexts, dropoutKey?: Key): Posterior {
    const x = this.#dropped(this.#source.embed(ids), dropoutKey, PLACE.source);
    const { states } = this.#encoder.encode(x, lengths, dropoutKey);
    return posteriorOf(this.#posterior.apply(meanWithin(states, lengths)) as tf.Tensor2D);
  }

  /** z (B, D) → (B, 1, C), added to the vector of each input */
  #bridgeOf(z: tf.Tensor2D): tf.Tensor3D {
    return (this.#bridge.apply(z) as tf.Tensor2D).expandDims(1);
  }

  /** inputs (B, T), from the beginning, or on from where texts are → (B, T, C) */
  #decode(
    bridge: tf.Tensor3D | undefined,
    inputs: tf.Tensor2D,
    dropoutKey?: Key,
    progress?: Progress,
  ): tf.Tensor3D {
    const x = this.#target.embed(inputs, progress?.length, bridge);
    const dropped = this.#dropped(x, dropoutKey, PLACE.target);
    return this.#decoder.decode(dropped, [], { dropoutKey, progress }).hidden;
  }

  #dropped(x: tf.Tensor3D, dropoutKey: Key | undefined, place: number): tf.Tensor3D {
    return dropout(x, dropAt(this.config.dropout, dropoutKey, place)) as tf.Tensor3D;
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

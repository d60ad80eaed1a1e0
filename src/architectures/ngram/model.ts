// NgramModel: counts of a text as a language model. It is fitted in one pass, and computes in JavaScript on any backend.
import * as tf from '#tfjs';
import type { Decoding, LanguageModel, LayerRow, LossOptions, Memory } from '../language-model.ts';
import { type Places, RowDecoding } from '../row-decoding.ts';
import type { NgramConfig } from './config.ts';
import type { Order } from './counting.ts';
import { KneserNey } from './kneser-ney.ts';
import { ngramSpecs, orderName } from './parameters.ts';

export class NgramModel implements LanguageModel {
  readonly config: NgramConfig;
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Nothing is kept for a backward pass; a token's logits are the widest. */
  readonly floatsPerToken;
  #smoothed: KneserNey | undefined;

  /** `orders` are what was counted; without them they come from a checkpoint. */
  constructor(config: NgramConfig, orders?: readonly Order[]) {
    this.config = config;
    this.floatsPerToken = { kept: 0, working: config.vocabSize, widest: config.vocabSize };
    const parameters = new Map<string, tf.Variable>();
    for (const { name, shape } of ngramSpecs(config))
      parameters.set(
        name,
        tf.tidy(() => tf.variable(tf.zeros([...shape]))),
      );
    this.parameters = parameters;
    for (const [i, order] of (orders ?? []).entries())
      for (const [part, values] of Object.entries(order))
        tf.tidy(() => parameters.get(`${orderName(i + 1)}.${part}`)!.assign(tf.tensor1d(values)));
  }

  get layers(): LayerRow[] {
    return this.config.entries.map((entries, i) => ({
      name: orderName(i + 1),
      kind: 'Ngrams',
      parameters: 3 * entries,
      flopsPerToken: 0,
    }));
  }

  loss(tokens: tf.Tensor2D, targets: tf.Tensor2D, { memory }: LossOptions = {}): tf.Scalar {
    const histories = memory as NgramMemory | undefined;
    const wanted = targets.dataSync<'int32'>();
    let [nats, count] = [0, 0];
    this.#walk(tokens, histories?.rows, (history, at) => {
      if (wanted[at]! < 0) return;
      nats -= this.#probabilities.logProbability(history, wanted[at]!);
      count++;
    });
    return tf.scalar(nats / count);
  }

  logits(tokens: tf.Tensor2D): tf.Tensor3D {
    const [rows, columns] = tokens.shape;
    const { vocabSize } = this.config;
    const logits = new Float32Array(rows * columns * vocabSize);
    this.#walk(tokens, undefined, (history, at) =>
      logits.set(this.#probabilities.logProbabilities(history), at * vocabSize),
    );
    return tf.tensor3d(logits, [rows, columns, vocabSize]);
  }

  startDecoding(): Decoding {
    return new RowDecoding(
      new NgramPlaces(this.config, (history) => this.#probabilities.logProbabilities(history)),
    );
  }

  startMemory(batch: number): Memory {
    return new NgramMemory(batch);
  }

  /** Visits every position, (row, column) at row · columns + column, with the tokens up to it. */
  #walk(
    tokens: tf.Tensor2D,
    before: number[][] | undefined,
    visit: (history: number[], at: number) => void,
  ): void {
    const [rows, columns] = tokens.shape;
    const ids = tokens.dataSync<'int32'>();
    for (let row = 0; row < rows; row++) {
      const history = before?.[row] ?? [];
      for (let column = 0; column < columns; column++) {
        remember(history, ids[row * columns + column]!, this.config);
        visit(history, row * columns + column);
      }
    }
  }

  /** Made when it is first asked for: a checkpoint's counts are assigned after the model is made. */
  get #probabilities(): KneserNey {
    this.#smoothed ??= new KneserNey(this.#orders(), this.config.vocabSize);
    return this.#smoothed;
  }

  #orders(): Order[] {
    return this.config.entries.map((_, i) => {
      const part = (name: string) =>
        this.parameters.get(`${orderName(i + 1)}.${name}`)!.dataSync<'float32'>() as Float32Array;
      return { parent: part('parent'), token: part('token'), count: part('count') };
    });
  }

  dispose(): void {
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

/** Keeps no more of the history than an n-gram has before its last token. */
function remember(history: number[], token: number, { order }: NgramConfig): void {
  history.push(token);
  if (history.length >= order) history.shift();
}

/** The last tokens of each row. */
class NgramMemory implements Memory {
  readonly rows: number[][];

  constructor(batch: number) {
    this.rows = Array.from({ length: batch }, () => []);
  }

  dispose(): void {}
}

/** The last tokens of each text. */
class NgramPlaces implements Places {
  readonly #histories = new Map<number, number[]>();
  readonly #config: NgramConfig;
  readonly #logits: (history: number[]) => Float32Array;

  constructor(config: NgramConfig, logits: (history: number[]) => Float32Array) {
    this.#config = config;
    this.#logits = logits;
  }

  begin(place: number): void {
    this.#histories.set(place, []);
  }

  push(place: number, tokens: ArrayLike<number>): ArrayLike<number> {
    for (const token of Array.from(tokens)) remember(this.#histories.get(place)!, token, this.#config);
    return tokens;
  }

  next(places: readonly number[]): tf.Tensor2D {
    const rows = places.map((place) => this.#logits(this.#histories.get(place)!));
    return tf.stack(rows.map((row) => tf.tensor1d(row))) as tf.Tensor2D;
  }

  copy(from: number, to: readonly number[]): void {
    for (const place of to) this.#histories.set(place, [...this.#histories.get(from)!]);
  }

  end(place: number): void {
    this.#histories.delete(place);
  }

  dispose(): void {
    this.#histories.clear();
  }
}

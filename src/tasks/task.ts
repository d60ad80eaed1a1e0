// The seam between data and models: what an example and a batch are, how a loss is taken, how a split is measured and how
// such a model writes. Trainer, evaluation, run, comparison and the page know batches only through it.
import type * as tf from '#tfjs';
import type { LossOptions, Model } from '../architectures/language-model.ts';

/** Where in a run a batch stands. What the batch holds is a pure function of this and of the split. */
export interface BatchPlace {
  batchSize: number;
  /** The longest stretch of one example, in tokens. */
  context: number;
  seed: number;
  step: number;
  /** Which of the step's micro-batches this is. */
  micro: number;
}

/** What the trainer knows of a batch; the rest is between a task and its models. */
export interface Batch {
  /** How many tokens of it count as trained on. */
  readonly size: number;
}

/** How well a model does on a split. Each task adds measures of its own. */
export interface Measures {
  /** Nats per token (or per label): what training lowers, and what decides which checkpoint is the best. */
  readonly loss: number;
  /** Tokens that were predicted. */
  readonly tokens: number;
  readonly bitsPerByte: number;
}

export interface MeasureOptions {
  /** Bytes of text behind a token; 0 for special tokens. */
  byteLength: (id: number) => number;
  /** How many tokens to read, spread evenly over the split; all of them if not given. */
  maxTokens?: number | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface Task<M extends Model, Split, B extends Batch, Result extends Measures = Measures> {
  readonly name: string;
  /** Refuses a split that has not one example of this length. */
  checkSplit(split: Split, context: number): void;
  batchAt(split: Split, place: BatchPlace): B;
  /** The mean loss over the batch, recorded for its gradient. */
  loss(model: M, batch: B, options: LossOptions): tf.Scalar;
  measure(model: M, split: Split, options: MeasureOptions): Promise<Result>;
}

// What is known of a model outside of its architecture.
import type { Scalar, Tensor2D, Tensor3D, Variable } from '#tfjs';
import type { Key } from '../base/random.ts';
import type { FloatsPerToken } from '../layers/index.ts';
import type { LowRank } from '../ops/index.ts';
import type { ModelConfig } from './config.ts';

/** What trainer, optimizer and checkpoint know of a model, whatever it does. */
export interface Model {
  readonly config: ModelConfig;
  /** The keys are names as in a checkpoint, in a fixed order. */
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly layers: readonly LayerRow[];
  readonly floatsPerToken: FloatsPerToken;
  /** The same where activations are recomputed. Absent where the architecture cannot do so. */
  readonly floatsRecomputing?: FloatsPerToken;
  /**
   * Adds a low-rank product to that with a weight from now on; the weight itself stays what it is. Absent where the
   * architecture cannot do so.
   */
  adapt?(name: string, adapter: LowRank): void;
  dispose(): void;
}

/** A model of the next token, which writes from left to right. */
export interface LanguageModel extends Model {
  /** Mean negative log-likelihood (nats) of the targets that are not negative. tokens, targets: (B, T) int32. */
  loss(tokens: Tensor2D, targets: Tensor2D, options?: LossOptions): Scalar;
  /** tokens (B, T) int32 → (B, T, V) */
  logits(tokens: Tensor2D): Tensor3D;
  startDecoding(): Decoding;
  /** An empty memory to carry from one stretch of text to the next; absent where the architecture has none. */
  startMemory?(batch: number): Memory;
}

export function isLanguageModel(model: Model): model is LanguageModel {
  return 'logits' in model && 'startDecoding' in model;
}

export interface LossOptions {
  /** Dropout is active if and only if this is given; its masks are drawn from it. */
  dropoutKey?: Key;
  /** Whether activations are computed again in the backward pass, and not kept; for architectures that can do so. */
  recompute?: boolean;
  /** The memory is read before and replaced after the call, so that the next call goes on where this one ended. */
  memory?: Memory;
}

export interface Memory {
  dispose(): void;
}

/**
 * Texts decoded side by side, each a row with a number. Rows begin, grow and end independently, and what one gets does not
 * depend on the others: to the bit where the backend's sums do not depend on the number of rows (`native` and `plain`).
 */
export interface Decoding {
  /** Begins an empty text; returns its row, the lowest number that is free. */
  join(): number;
  /** Begins `count` more texts that are what this row's is now; returns their rows. */
  fork(row: number, count: number): number[];
  /** Feeds further tokens, one or more, to some rows; returns the next token's logits of each, (portions, V). */
  feed(portions: readonly Portion[]): Tensor2D;
  /** Ends a row's text and frees its number for another. */
  leave(row: number): void;
  dispose(): void;
}

/** Tokens that follow in a row's text. */
export interface Portion {
  row: number;
  tokens: ArrayLike<number>;
}

/** One line of `summary`. */
export interface LayerRow {
  name: string;
  kind: string;
  parameters: number;
  /** Multiply-adds count as two; one token, forward pass only, at full context. */
  flopsPerToken: number;
}

/**
 * Counts the numbers that a model has learned; a matrix that serves twice counts once.
 * @example
 * import { openModel, parameterCount, startBackend } from 'tsgpt';
 * await startBackend();
 * const { model } = await openModel('checkpoints/poems');
 * console.log(parameterCount(model));
 */
export function parameterCount(model: Pick<Model, 'parameters'>): number {
  let count = 0;
  for (const variable of model.parameters.values()) count += variable.size;
  return count;
}

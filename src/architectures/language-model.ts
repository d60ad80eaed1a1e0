// What is known of a model outside of its architecture.
import type { Scalar, Tensor2D, Tensor3D, Variable } from '#tfjs';
import type { Key } from '../base/random.ts';
import type { FloatsPerToken, WeightChange } from '../layers/index.ts';
import type { ModelConfig } from './config.ts';

/** What trainer, optimizer and checkpoint know of a model, whatever it does. */
export interface Model {
  readonly config: ModelConfig;
  /** By checkpoint name, in a fixed order. */
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly layers: readonly LayerRow[];
  readonly floatsPerToken: FloatsPerToken;
  /**
   * From now on computes with `change(weight)` in place of that weight, which stays what it is; absent where the
   * architecture's weights cannot be changed so.
   */
  adapt?(name: string, change: WeightChange): void;
  dispose(): void;
}

/** A model of the next token, which writes from left to right. */
export interface LanguageModel extends Model {
  /** Mean negative log-likelihood (nats) of the targets that are not negative. tokens, targets: (B, T) int32. */
  loss(tokens: Tensor2D, targets: Tensor2D, options?: LossOptions): Scalar;
  /** tokens (B, T) int32 → (B, T, V) */
  logits(tokens: Tensor2D): Tensor3D;
  /** `batch` texts decoded side by side, token by token. */
  startDecoding(batch: number): Decoding;
  /** An empty memory to carry from one stretch of text to the next; absent where the architecture has none. */
  startMemory?(batch: number): Memory;
}

export interface LossOptions {
  /** Dropout is active if and only if this is given; its masks are drawn from it. */
  dropoutKey?: Key;
  /** Read before and replaced after: the next call goes on where this one ended. */
  memory?: Memory;
}

export interface Memory {
  dispose(): void;
}

export interface Decoding {
  /** Feeds n further tokens to each text, (batch, n) row by row; returns the next token's logits, (batch, V). */
  feed(tokens: Int32Array): Tensor2D;
  dispose(): void;
}

/** One line of `summary`. */
export interface LayerRow {
  name: string;
  kind: string;
  parameters: number;
  /** Multiply-adds count as two; one token, forward pass only, at full context. */
  flopsPerToken: number;
}

export function parameterCount(model: Pick<Model, 'parameters'>): number {
  let count = 0;
  for (const variable of model.parameters.values()) count += variable.size;
  return count;
}

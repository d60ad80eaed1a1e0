// A GPT's decoding: the keys and values of the text so far are kept, so a token costs one position, not all.
// Positions end at the context: when it is full, decoding starts again from the last three quarters of it.
import * as tf from '#tfjs';
import { AttentionCache } from '../../ops/index.ts';
import type { Decoding } from '../language-model.ts';
import type { GptConfig } from './config.ts';

/** tokens (B, n), which stand at positions start …, → the next token's logits, (B, V) */
type Next = (tokens: tf.Tensor2D, start: number, caches: AttentionCache[]) => tf.Tensor2D;

export class GptDecoding implements Decoding {
  readonly #context: number;
  readonly #caches: AttentionCache[];
  readonly #next: Next;
  /** What each text's cache was made from. */
  #windows: number[][];

  constructor(batch: number, config: GptConfig, next: Next) {
    this.#context = config.context;
    this.#caches = Array.from({ length: config.layers }, () => new AttentionCache());
    this.#next = next;
    this.#windows = Array.from({ length: batch }, () => []);
  }

  feed(tokens: Int32Array): tf.Tensor2D {
    const batch = this.#windows.length;
    const count = tokens.length / batch;
    let start = this.#windows[0]!.length;
    this.#windows = this.#windows.map((window, i) => [
      ...window,
      ...tokens.subarray(i * count, (i + 1) * count),
    ]);
    if (start + count > this.#context) {
      const kept = Math.max(1, Math.floor((this.#context * 3) / 4));
      this.#windows = this.#windows.map((window) => window.slice(-kept));
      this.dispose();
      start = 0;
    }
    const fresh = this.#windows.map((window) => window.slice(start));
    return tf.tidy(() => this.#next(tf.tensor2d(fresh, undefined, 'int32'), start, this.#caches));
  }

  dispose(): void {
    for (const cache of this.#caches) cache.dispose();
  }
}

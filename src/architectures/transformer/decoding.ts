// What a transformer keeps of texts that it decodes: the keys and values of each, so that a token costs one position, not all.
// Positions end at the context: when it is full, a text starts again from the last three quarters of it.
import type * as tf from '#tfjs';
import { AttentionCache, type CachedRows, cachedRows } from '../../ops/index.ts';
import type { Places } from '../row-decoding.ts';

/** tokens (B, n), which follow in those rows → the next token's logits, (B, V) */
type Next = (tokens: tf.Tensor2D, rows: CachedRows, caches: readonly AttentionCache[]) => tf.Tensor2D;

export class CachedPlaces implements Places {
  readonly #context: number;
  readonly #caches: readonly AttentionCache[];
  readonly #next: Next;
  /** For each place, the tokens whose keys and values are in the cache, or are about to be. */
  readonly #windows = new Map<number, number[]>();

  constructor({ context, layers }: { context: number; layers: number }, next: Next) {
    this.#context = context;
    this.#caches = Array.from({ length: layers }, () => new AttentionCache());
    this.#next = next;
  }

  begin(place: number): void {
    this.#windows.set(place, []);
  }

  push(place: number, tokens: ArrayLike<number>): ArrayLike<number> {
    const window = this.#windows.get(place)!;
    for (let i = 0; i < tokens.length; i++) window.push(tokens[i]!);
    if (window.length <= this.#context) return tokens;
    const kept = Math.max(1, Math.floor((this.#context * 3) / 4));
    window.splice(0, window.length - kept);
    return window;
  }

  next(places: readonly number[], tokens: tf.Tensor2D): tf.Tensor2D {
    const lengths = places.map((place) => this.#windows.get(place)!.length - tokens.shape[1]);
    return this.#next(tokens, cachedRows(places, lengths), this.#caches);
  }

  copy(from: number, to: readonly number[]): void {
    for (const place of to) this.#windows.set(place, [...this.#windows.get(from)!]);
    for (const cache of this.#caches) cache.copy(from, to);
  }

  end(place: number): void {
    this.#windows.delete(place);
    for (const cache of this.#caches) cache.clear(place);
  }

  dispose(): void {
    for (const cache of this.#caches) cache.dispose();
  }
}

// AttentionCache: an attention layer's KV cache. Each row of a batch has a place of its own in it, and its decoding knows how
// much of that place is filled.
import * as tf from '#tfjs';

type Pair = [keys: tf.Tensor4D, values: tf.Tensor4D];

const LEAST_ROOM = 64; // positions

/** Rows that a call attends for. */
export interface CachedRows {
  /** One for each row, no two the same. */
  places: readonly number[];
  /** How many positions of each row's text are in the cache. */
  lengths: readonly number[];
  /** Both, for kernels: (B, 2) int32. */
  table: tf.Tensor2D;
}

/** Where the texts of a batch lie in a cache, and how long each is by now. */
export function cachedRows(places: readonly number[], lengths: readonly number[]): CachedRows {
  const table = Int32Array.from(places.flatMap((place, b) => [place, lengths[b]!]));
  return { places, lengths, table: tf.tensor2d(table, [places.length, 2], 'int32') };
}

/** A cache, and the rows of it that a call is about. */
export interface Cached {
  cache: AttentionCache;
  rows: CachedRows;
}

export class AttentionCache {
  /** All places, for a kernel that writes in place: (places, K, room, D), of K heads of keys and values. */
  #shared: Pair | undefined;
  /** Without such a kernel each place has tensors of its own: (1, K, S, D). */
  readonly #own = new Map<number, Pair>();

  /** Keys and values of all places, with room for T more positions in those of the rows, which the caller writes. */
  reserve({ places, lengths }: CachedRows, T: number, K: number, D: number): Pair {
    const [P = 0, , R = 0] = this.#shared?.[0].shape ?? [];
    const [needed, length] = [1 + Math.max(...places), T + Math.max(...lengths)];
    if (needed <= P && length <= R) return this.#shared!;
    // Room doubles, so that what is copied while a text grows is in proportion to its length.
    const grown = needed > P ? Math.max(needed, 2 * P) : P;
    const room = length > R ? Math.max(length, 2 * R, LEAST_ROOM) : R;
    const zeros = (places: number, positions: number) => tf.zeros<tf.Rank.R4>([places, K, positions, D]);
    const enlarged = (all: tf.Tensor4D) => {
      const longer = room > R ? tf.concat([all, zeros(P, room - R)], 2) : all;
      return grown > P ? tf.concat([longer, zeros(grown - P, room)]) : longer;
    };
    return this.#share(
      this.#shared ? both(this.#shared, enlarged) : [zeros(grown, room), zeros(grown, room)],
    );
  }

  /** Adds new positions' keys and values, each (1, K, T, D), after the first `length` at a place; returns all there. */
  append(place: number, length: number, keys: tf.Tensor4D, values: tf.Tensor4D): Pair {
    const old = length === 0 ? undefined : this.#own.get(place);
    return this.#put(
      place,
      old ? [tf.concat([old[0], keys], 2), tf.concat([old[1], values], 2)] : [keys, values],
    );
  }

  /** Other places get what is at this one. */
  copy(from: number, to: readonly number[]): void {
    const own = this.#own.get(from);
    if (own)
      for (const place of to)
        this.#put(
          place,
          both(own, (part) => part.clone()),
        );
    const shared = this.#shared;
    if (shared === undefined) return;
    const P = shared[0].shape[0];
    const sources = Array.from({ length: Math.max(P, 1 + Math.max(...to)) }, (_, place) =>
      place < P && !to.includes(place) ? place : from,
    );
    this.#share(both(shared, (all) => tf.gather(all, sources)));
  }

  /** Place i gets what is at place `from[i]`; there are no others then. */
  pick(from: readonly number[]): void {
    const before = new Map(this.#own);
    this.#own.clear();
    for (const [place, source] of from.entries()) {
      const own = before.get(source);
      if (own)
        this.#put(
          place,
          both(own, (part) => part.clone()),
        );
    }
    tf.dispose([...before.values()].flat());
    const shared = this.#shared;
    if (shared) tf.tidy(() => this.#share(both(shared, (all) => tf.gather(all, [...from]))));
  }

  /** Forgets what is at a place. */
  clear(place: number): void {
    tf.dispose(this.#own.get(place) ?? []);
    this.#own.delete(place);
  }

  dispose(): void {
    for (const place of [...this.#own.keys()]) this.clear(place);
    tf.dispose(this.#shared ?? []);
    this.#shared = undefined;
  }

  #share(pair: Pair): Pair {
    tf.dispose(this.#shared ?? []);
    this.#shared = both(pair, tf.keep);
    return pair;
  }

  #put(place: number, pair: Pair): Pair {
    this.clear(place);
    this.#own.set(place, both(pair, tf.keep));
    return pair;
  }
}

function both([keys, values]: Pair, change: (part: tf.Tensor4D) => tf.Tensor4D): Pair {
  return [change(keys), change(values)];
}

// A long sequence of token ids that is read by position: on disk (token-file.ts) or, here, in memory.

/**
 * Tokens in order, read by position: a split on disk, or a list in memory.
 */
export interface Tokens {
  readonly length: number;
  /** The token that ends each document, where the tokenizer has one. */
  readonly endOfText?: number | undefined;
  /** Reads the ids start … start + count − 1, all of which must exist. */
  read(start: number, count: number): Int32Array;
  /** The texts that they are of, one after the other, where windows are drawn from each by its weight. */
  readonly mix?: readonly MixedTokens[] | undefined;
}

export interface MixedTokens {
  readonly tokens: Tokens;
  readonly weight: number;
}

/** The destination of encoded text: the disk (token-file.ts) or, here, memory. */
export interface TokenSink {
  /** The number of ids that were appended. */
  readonly tokens: number;
  append(ids: ArrayLike<number>): void;
}

export class TokenBuffer implements TokenSink {
  tokens = 0;
  #ids = new Int32Array(2 ** 12);

  append(ids: ArrayLike<number>): void {
    const needed = this.tokens + ids.length;
    if (needed > this.#ids.length) {
      const grown = new Int32Array(Math.max(needed, 2 * this.#ids.length));
      grown.set(this.#ids.subarray(0, this.tokens));
      this.#ids = grown;
    }
    this.#ids.set(ids, this.tokens);
    this.tokens = needed;
  }

  /** All ids that were appended. They are not copied, so nothing may be appended afterwards. */
  finish(endOfText?: number): Tokens {
    return rowOf(this.#ids.subarray(0, this.tokens), endOfText);
  }
}

/**
 * Makes a list of token ids readable as a split is.
 * @param endOfText The id that ends each document, if there is one.
 * @example
 * import { tokensOf } from 'tsgpt';
 * console.log(tokensOf([5, 6, 7, 8]).read(1, 2)); // 6, 7
 */
export function tokensOf(ids: ArrayLike<number>, endOfText?: number): Tokens {
  return rowOf(Int32Array.from(ids), endOfText);
}

function rowOf(all: Int32Array, endOfText: number | undefined): Tokens {
  return {
    length: all.length,
    endOfText,
    read(start, count) {
      checkRange(all.length, start, count);
      return all.slice(start, start + count);
    },
  };
}

/** Sequences one after the other, as one. */
export function inOneRow(parts: readonly Tokens[]): Tokens {
  let length = 0;
  const ends = parts.map((part) => {
    length += part.length;
    return length;
  });
  return {
    length,
    endOfText: parts[0]?.endOfText,
    read(start, count) {
      const ids = new Int32Array(count);
      let index = firstAbove(ends, start);
      for (let done = 0; done < count; index++) {
        const within = start + done - (index === 0 ? 0 : ends[index - 1]!);
        const here = Math.min(count - done, parts[index]!.length - within);
        if (here > 0) ids.set(parts[index]!.read(within, here), done);
        done += here;
      }
      return ids;
    },
  };
}

/** The index of the first of these, which never fall, that is above the value. */
function firstAbove(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function checkRange(length: number, start: number, count: number): void {
  if (start < 0 || count < 0 || start + count > length) {
    throw new RangeError(`internal: tokens ${start}…${start + count} asked for, but there are ${length}`);
  }
}

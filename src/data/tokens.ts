// A long row of token ids, read by position; on disk (token-file.ts) or, here, in memory.

export interface Tokens {
  readonly length: number;
  /** Ids start … start + count − 1; all of them must exist. */
  read(start: number, count: number): Int32Array;
}

export function tokensOf(ids: ArrayLike<number>): Tokens {
  const all = Int32Array.from(ids);
  return {
    length: all.length,
    read(start, count) {
      checkRange(all.length, start, count);
      return all.slice(start, start + count);
    },
  };
}

export function checkRange(length: number, start: number, count: number): void {
  if (start < 0 || count < 0 || start + count > length) {
    throw new RangeError(`internal: tokens ${start}…${start + count} asked for, but there are ${length}`);
  }
}

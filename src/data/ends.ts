// A file of ends: where in a file of tokens each stretch of it ends, as little-endian uint32.
import { TsgptError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { damaged } from './damaged.ts';
import { openTokenFile, TokenWriter } from './token-file.ts';

const MOST_TOKENS = 2 ** 32 - 1;

export class EndsWriter {
  readonly #file: TokenWriter;

  constructor(path: string) {
    this.#file = new TokenWriter(path, MOST_TOKENS + 1);
  }

  add(end: number): void {
    if (end > MOST_TOKENS)
      throw new TsgptError(
        `expected at most ${formatCount(MOST_TOKENS)} tokens in a split, but there are more`,
        'prepare a part of them',
      );
    this.#file.append([end]);
  }

  finish(): string {
    return this.#file.finish();
  }

  close(): void {
    this.#file.close();
  }
}

/** Holds them all in memory; refuses a stretch without tokens. */
export function readEnds(path: string): Uint32Array {
  const file = openTokenFile(path, 'uint32');
  const ends = new Uint32Array(file.read(0, file.length).buffer); // what is above 2³¹ − 1 was read as negative
  file.close();
  for (let i = 0, last = 0; i < ends.length; last = ends[i++]!)
    if (ends[i]! <= last) throw damaged(path, `end ${i} is ${ends[i]}, but the one before it is ${last}`);
  return ends;
}

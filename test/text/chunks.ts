// Help for the tests of reading: things cut up, and read back whole.

import type { Piece } from '../../src/text/source.ts';

/** The same thing in slices of the given lengths, over and over. */
export function* sliced<T extends { length: number; slice(a: number, b: number): T }>(
  whole: T,
  lengths: number[],
) {
  for (let at = 0, i = 0; at < whole.length; i++) {
    const length = lengths[i % lengths.length]!;
    yield whole.slice(at, at + length);
    at += length;
  }
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

/** Pieces put together to documents. */
export async function documents(pieces: AsyncIterable<Piece>): Promise<string[]> {
  const out: string[] = [];
  let text = '';
  for await (const piece of pieces) {
    text += piece.text;
    if (!piece.endsDocument) continue;
    out.push(text);
    text = '';
  }
  if (text !== '') throw new Error('the last document has no end');
  return out;
}

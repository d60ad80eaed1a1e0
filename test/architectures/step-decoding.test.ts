// A decoding of targets that grow in step: its rows are those of other decodings.
import { beforeAll, describe, expect, it } from 'vitest';
import type { Decoding } from '../../src/architectures/language-model.ts';
import { StepDecoding } from '../../src/architectures/step-decoding.ts';
import { startBackend } from '../../src/backends/index.ts';
import { nextLogits } from '../models/example.ts';
import { scripted } from '../sampling/scripted-steps.ts';

beforeAll(() => startBackend('plain'));

/** Says of each row its source, and then its last three tokens. */
function decodingOf(sources: number): Decoding {
  const steps = scripted((text, tokens) => [text, ...[0, 0, ...tokens].slice(-3)], sources);
  return new StepDecoding(steps, sources);
}

/** Feeds each row a token. */
function feed(decoding: Decoding, tokens: [row: number, token: number][]): Promise<number[][]> {
  return nextLogits(
    decoding,
    tokens.map(([row, token]) => ({ row, tokens: [token] })),
  );
}

describe('a decoding in step', () => {
  it('has a row for each source, and no more', () => {
    const decoding = decodingOf(2);
    expect([decoding.join(), decoding.join()]).toEqual([0, 1]);
    expect(() => decoding.join()).toThrow('each source has its row already');
  });

  it('rows that fork go on from what the row was, each on its own', async () => {
    const decoding = decodingOf(2);
    await feed(decoding, [
      [0, 7],
      [1, 8],
    ]);
    expect(decoding.fork(1, 2)).toEqual([2, 3]);
    const next = await feed(decoding, [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(next).toEqual([
      [0, 0, 7, 1],
      [1, 0, 8, 2],
      [1, 0, 8, 3],
      [1, 0, 8, 4],
    ]);
    expect(decoding.fork(2, 1)).toEqual([4]);
    const last = await feed(decoding, [
      [0, 5],
      [1, 5],
      [2, 5],
      [3, 5],
      [4, 5],
    ]);
    expect(last[4]).toEqual([1, 8, 3, 5]);
  });

  it('rows are fed in any order', async () => {
    const decoding = decodingOf(3);
    await feed(decoding, [
      [2, 7],
      [0, 8],
      [1, 9],
    ]);
    const next = await feed(decoding, [
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(next).toEqual([
      [0, 0, 8, 1],
      [1, 0, 9, 2],
      [2, 0, 7, 3],
    ]);
  });

  it('rows that leave change nothing of the others, whose forks take no number that is in use', async () => {
    const decoding = decodingOf(3);
    await feed(decoding, [
      [0, 7],
      [1, 8],
      [2, 9],
    ]);
    decoding.leave(1);
    expect(
      await feed(decoding, [
        [0, 1],
        [2, 2],
      ]),
    ).toEqual([
      [0, 0, 7, 1],
      [2, 0, 9, 2],
    ]);
    const [fork] = decoding.fork(0, 1) as [number];
    expect([0, 2]).not.toContain(fork);
    expect(
      await feed(decoding, [
        [fork, 3],
        [2, 4],
      ]),
    ).toEqual([
      [0, 7, 1, 3],
      [2, 9, 2, 4],
    ]);
  });
});

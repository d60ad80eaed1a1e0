// The exercises for memory: what they ask, that they are drawn from a seed, and their known probability.
import { describe, expect, it } from 'vitest';
import { keyFor } from '../../src/base/random.ts';
import { exerciseNamed } from '../../src/text/exercises.ts';
import { openText } from '../../src/text/open.ts';

function written(name: string, count: number, seed = 1): { text: string; nats: number }[] {
  const { purpose, write } = exerciseNamed(name)!;
  return Array.from({ length: count }, (_, i) => write(keyFor(seed, purpose, i)));
}

describe('builtin:copying-20', () => {
  const all = written('builtin:copying-20', 2000);

  it('asks for the letters that stood before twenty dots', () => {
    for (const { text } of all) expect(text).toMatch(/^([a-h]{3})\.{20}:\1$/);
  });

  it('draws its letters evenly, and knows how likely they are', () => {
    const letters = all.flatMap(({ text }) => [...text.slice(0, 3)]);
    const counts = [...'abcdefgh'].map((kind) => letters.filter((letter) => letter === kind).length);
    // 6,000 letters of 8 kinds: 750 each, with a standard deviation of 26; five of them either way.
    for (const count of counts) expect(Math.abs(count - 750)).toBeLessThan(130);
    expect(all[0]!.nats).toBeCloseTo(Math.log(8 ** 3), 12);
  });
});

describe('builtin:counting-10', () => {
  const all = written('builtin:counting-10', 1000);

  it('has as many b and c as a, from 1 to 10', () => {
    const counts = new Set(all.map(({ text }) => text.length / 3));
    expect([...counts].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const { text } of all) {
      const n = text.length / 3;
      expect(text).toBe('a'.repeat(n) + 'b'.repeat(n) + 'c'.repeat(n));
    }
  });

  it('knows how likely each is', () => {
    expect(all[0]!.nats).toBeCloseTo(Math.log(10), 12);
  });
});

it('is a text like any other, the same from the same seed', async () => {
  const read = async (seed: number) => {
    const source = await openText(['builtin:counting-3'], { stories: 20, seed });
    let text = '';
    for await (const piece of source.pieces()) text += `${piece.text} `;
    return { description: source.description, text };
  };
  expect(await read(4)).toEqual(await read(4));
  expect((await read(4)).text).not.toBe((await read(5)).text);
  expect((await read(4)).description).toBe('builtin:counting-3 (20 exercises, seed 4)');
});

it.each(['builtin:copying', 'builtin:copying-0', 'builtin:counting-1e9', 'builtin:counting-x'])(
  'refuses %s',
  (name) => {
    expect(() => exerciseNamed(name)).toThrow('a whole number from 1 to 9999');
  },
);

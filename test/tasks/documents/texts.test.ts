// The texts of a split and the batches drawn of them.
import { describe, expect, it } from 'vitest';
import { tokensOf } from '../../../src/data/tokens.ts';
import { batchAt } from '../../../src/tasks/documents/batches.ts';
import { textsOf } from '../../../src/tasks/documents/texts.ts';

const END = 9;
const SPLIT = tokensOf([1, 2, END, END, 1, 2, 3, 4, 5, 6, 7, END, 5], END);

function all(context: number): number[][] {
  const texts = textsOf(SPLIT, context);
  return Array.from({ length: texts.length }, (_, i) => [...texts.at(i)]);
}

describe('the texts of a split', () => {
  it('are its documents with their ends, and what stands after the last end', () => {
    expect(all(8)).toEqual([[1, 2, END], [END], [1, 2, 3, 4, 5, 6, 7, END], [5]]);
    expect(textsOf(SPLIT, 8)).toMatchObject({ length: 4, cut: 0, tokens: 13 });
  });

  it('are stretches where a document is longer than the context, so that every token is in one text', () => {
    expect(all(3)).toEqual([[1, 2, END], [END], [1, 2, 3], [4, 5, 6], [7, END], [5]]);
    expect(textsOf(SPLIT, 3).cut).toBe(1);
    for (const context of [1, 2, 3, 4, 5, 8, 20]) expect(all(context).flat()).toEqual([...SPLIT.read(0, 13)]);
  });

  it('each follow the token before, the first an end', () => {
    const texts = textsOf(SPLIT, 3);
    expect(Array.from({ length: texts.length }, (_, i) => texts.before(i))).toEqual([
      END,
      END,
      END,
      3,
      6,
      END,
    ]);
  });

  it('are found in a split that is longer than is read at once', () => {
    const long = tokensOf(
      Array.from({ length: 200_000 }, (_, i) => (i % 1000 === 999 ? END : 1)),
      END,
    );
    const texts = textsOf(long, 1000);
    expect(texts).toMatchObject({ length: 200, cut: 0 });
    expect(texts.at(66).indexOf(END)).toBe(999);
  });

  it('are refused where no document ends', () => {
    const refused = 'expected a text of several documents, each of which ends with end-of-text';
    expect(() => textsOf(tokensOf([1, 2, 3], END), 8)).toThrow(refused);
    expect(() => textsOf(tokensOf([1, 2, 3]), 8)).toThrow(refused);
  });
});

describe('a batch', () => {
  const place = { batchSize: 4, context: 8, seed: 1, step: 3, micro: 0 };

  it('is a pure function of its place, and says which step it is for', () => {
    expect(batchAt(SPLIT, place)).toEqual(batchAt(SPLIT, place));
    expect(batchAt(SPLIT, place).step).toBe(3);
    const others = [{ seed: 2 }, { step: 4 }, { micro: 1 }].map(
      (other) => batchAt(SPLIT, { ...place, ...other }).texts,
    );
    for (const texts of others) expect(texts).not.toEqual(batchAt(SPLIT, place).texts);
  });

  it('counts each token of its texts once', () => {
    const { texts, size, counted } = batchAt(SPLIT, place);
    const tokens = texts.reduce((sum, text) => sum + text.length, 0);
    expect([size, counted]).toEqual([tokens, tokens]);
  });

  it('has each text as often as any other, within four standard deviations', () => {
    const { texts } = batchAt(SPLIT, { ...place, batchSize: 4000 });
    const times = new Map<string, number>();
    for (const text of texts) times.set(text.join(), (times.get(text.join()) ?? 0) + 1);
    expect(times.size).toBe(4);
    for (const count of times.values())
      expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(4000 * 0.25 * 0.75));
  });
});

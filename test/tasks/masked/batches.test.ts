// Batches of masked tokens: where they come from, how many are asked about, and what is shown in their places.
import { describe, expect, it } from 'vitest';
import { tokensOf } from '../../../src/data/tokens.ts';
import { batchAt, type MaskedBatch, shownIds } from '../../../src/tasks/masked/batches.ts';
import { masked } from '../../../src/tasks/masked/index.ts';
import { withWords } from '../../../src/tasks/masked/words.ts';
import { BytePairTokenizer } from '../../../src/tokenizers/byte-pair.ts';
import { CharTokenizer } from '../../../src/tokenizers/char.ts';

const TOKENS = tokensOf(Array.from({ length: 5000 }, (_, i) => (i * 7) % 40));
const PLACE = { batchSize: 16, context: 64, seed: 3, step: 5, micro: 0 };
const CONFIG = { arch: 'masked', vocabSize: 1001, context: 64, mask: 1000, wholeWords: false };

const batches = (count: number) =>
  Array.from({ length: count }, (_, step) => batchAt(TOKENS, { ...PLACE, step }));
const kindsOf = ({ ids, asked }: MaskedBatch) => {
  const shown = shownIds(ids, asked, CONFIG);
  return asked.map(({ place }) =>
    shown[place] === 1000 ? 'mask' : shown[place] === ids[place] ? 'kept' : 'other',
  );
};

describe('a batch of masked tokens', () => {
  it('is the same at the same place, and another at every other', () => {
    const [first] = batches(1);
    expect(batchAt(TOKENS, { ...PLACE, step: 0 })).toEqual(first);
    for (const other of [{ step: 1 }, { micro: 1 }, { seed: 4 }])
      expect(batchAt(TOKENS, { ...PLACE, step: 0, ...other })).not.toEqual(first);
  });

  it('asks about 15 % of the tokens: masked in 80 %, replaced in 10 %, as they are in 10 %', () => {
    const all = batches(20);
    const kinds = all.flatMap(kindsOf);
    const tokens = 20 * 16 * 64;
    const share = (kind: string) => kinds.filter((other) => other === kind).length / kinds.length;
    // Each bound is four standard deviations of so many draws.
    expect(Math.abs(kinds.length / tokens - 0.15)).toBeLessThan(4 * Math.sqrt((0.15 * 0.85) / tokens));
    expect(Math.abs(share('mask') - 0.8)).toBeLessThan(4 * Math.sqrt(0.16 / kinds.length));
    for (const kind of ['kept', 'other'])
      expect(Math.abs(share(kind) - 0.1)).toBeLessThan(4 * Math.sqrt(0.09 / kinds.length));
    expect(all.every(({ asked, counted }) => counted === asked.length)).toBe(true);
  });

  it('changes nothing but the places that it asks about', () => {
    const [batch] = batches(1);
    const shown = shownIds(batch!.ids, batch!.asked, CONFIG);
    const places = new Set(batch!.asked.map(({ place }) => place));
    expect([...shown].filter((id, place) => !places.has(place) && id !== batch!.ids[place])).toEqual([]);
  });

  it('asks about one token at least', () => {
    const counts = Array.from(
      { length: 50 },
      (_, step) => batchAt(tokensOf([1, 2, 3]), { ...PLACE, batchSize: 1, context: 2, step }).counted,
    );
    expect(Math.min(...counts)).toBe(1);
  });
});

describe('whole words', () => {
  it('are asked about from their first letter to their last', () => {
    const letters = [...'abcdefgh .,'];
    const tokenizer = new CharTokenizer('char', letters.toSorted(), false);
    const text = 'abc de, fgh. a bcdef gh '.repeat(40);
    const split = withWords(tokensOf(tokenizer.encode(text)), tokenizer);
    const { ids, asked } = batchAt(split, { ...PLACE, batchSize: 1, context: 900 });
    const places = new Set(asked.map(({ place }) => place));
    const shown = tokenizer.decode(ids);
    const words = [...shown.matchAll(/[a-h]+/g)].map(
      ({ index, 0: word }) => [...word].filter((_, i) => places.has(index + i)).length / word.length,
    );
    expect(new Set(words)).toEqual(new Set([0, 1]));
  });

  it('of byte pairs begin with a space or after no letter', () => {
    const bytes = Array.from({ length: 256 }, (_, byte): [string, number] => [
      String.fromCharCode(byte),
      byte,
    ]);
    const idOf = new Map([...bytes, [' t', 256], ['he', 257]] as [string, number][]);
    const { continues } = withWords(
      tokensOf([]),
      new BytePairTokenizer('bpe', { idOf, specials: new Map(), pattern: '[^]+' }),
    );
    const id = (text: string) => idOf.get(text)!;
    expect(continues(id(' t'), id('he'))).toBe(true);
    expect(continues(id('he'), id(' t'))).toBe(false);
    expect(continues(id('.'), id('he'))).toBe(false);
    expect(continues(id('he'), id('.'))).toBe(false);
  });
});

it.each([
  ['one after the text’s own', undefined, { vocabSize: 11, mask: 10 }],
  ['the tokenizer’s, which counts it', 4, { vocabSize: 10, mask: 4 }],
  ['the tokenizer’s, which does not', 10, { vocabSize: 11, mask: 10 }],
])('the mask of a new model is %s', (_, mask, sizes) => {
  expect(masked.sizes({ tokenizer: { name: 'words', vocabSize: 10, mask } })).toEqual(sizes);
});

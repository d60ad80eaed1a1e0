// Tokenizers that are made to take long, or too much memory, are read and encode in time, or are refused.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BYTES } from '../../src/tokenizers/bytes.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { findPairs } from '../../src/tokenizers/merges.ts';
import { MAX_IDS } from '../../src/tokenizers/pair-ranks.ts';
import { finderOfAdded } from '../../src/tokenizers/pipeline/added-tokens.ts';
import { agreesWithIds } from '../../src/tokenizers/pipeline/agreement.ts';
import { createMatcher } from '../../src/tokenizers/pipeline/regex.ts';

/** Quadratic time would be minutes. */
const IN_TIME = 20_000;

it(
  'tokens of hundreds of thousands of bytes',
  () => {
    const long = Array.from({ length: 18 }, (_, i) => 'a'.repeat(2 ** (i + 1)));
    const idOf = new Map([...BYTES, ...long].map((token, id) => [token, id]));
    const pairs = findPairs(idOf);
    expect([...pairs.values()]).toEqual(long.map((_, i) => 256 + i));
    expect([...pairs.keys()].slice(1)).toEqual(long.slice(1).map((_, i) => (256 + i) * (MAX_IDS + 1)));
    const unreached = new Map([...idOf, [`${'a'.repeat(2 ** 18)}zz${'y'.repeat(2 ** 18)}`, 300]]);
    expect(agreesWithIds(unreached, new Map([...pairs].map(([pair], rank) => [pair, rank])))).toBe(true);
  },
  IN_TIME,
);

it('a character that is no token merges with nothing, however long the word', () => {
  const idOf = new Map(['a', 'aa', `é${'a'.repeat(300)}`].map((token, id) => [token, id]));
  const unreached: string[] = [];
  expect([...findPairs(idOf, (token) => unreached.push(token))]).toEqual([[0, 1]]);
  expect(unreached).toHaveLength(1);
});

it(
  'a hundred thousand added tokens that begin alike',
  () => {
    const plain = { special: false, normalized: false, lstrip: false, rstrip: false, single_word: false };
    const tokens = Array.from({ length: 100_000 }, (_, id) => ({ id, content: `<unused${id}>`, ...plain }));
    const find = finderOfAdded([...tokens, { id: 100_000, content: '<unused7', ...plain }]);
    expect(find('a<unused77>b<unused7<unused')).toEqual(['a', 77, 'b', 100_000, '<unused']);
    expect(find('<'.repeat(50_000))).toEqual(['<'.repeat(50_000)]);
  },
  IN_TIME,
);

const TINY = new URL('../golden/bert-tiny/tokenizer.json', import.meta.url);

it(
  'long words in pieces',
  () => {
    const json = JSON.parse(readFileSync(TINY, 'utf8'));
    json.model.max_input_chars_per_word = 1000;
    const text = Array.from({ length: 1000 }, (_, i) => 'a'.repeat(999 - (i % 9))).join(' ');
    const ids = fromJson(json, 'x').encode(text);
    expect(ids).not.toContain(json.model.vocab['[UNK]']);
    json.model.max_input_chars_per_word = 1001;
    expect(() => fromJson(json, 'x')).toThrow('model.max_input_chars_per_word');
  },
  IN_TIME,
);

const FORKS = 'a(?:a|aa)+b(?:d?){3000}';

it(
  'a pattern of thousands of forks on a text of hundreds of thousands of characters',
  () => {
    expect(createMatcher(FORKS)(`${'c'.repeat(800_000)}${'a'.repeat(60)}`)).toEqual([]);
  },
  IN_TIME,
);

it('a pattern that would take more than a GiB is refused', () => {
  const match = createMatcher(FORKS);
  expect(() => match('c'.repeat(3_000_000))).toThrow('forks, too many for a text of 3000000 characters');
});

// A vocabulary as large as published ones, in Llama 3's form: OpenAI's cl100k_base, with all pairs of tokens that form one.
import { readFileSync } from 'node:fs';
import { get_encoding } from 'tiktoken';
import { afterAll, describe, expect, it } from 'vitest';
import { symbolsOf } from '../../../src/tokenizers/bytes.ts';
import { readRanks, tableOf } from '../../../src/tokenizers/encodings.ts';
import { fromJson } from '../../../src/tokenizers/from-json.ts';
import { MAX_IDS } from '../../../src/tokenizers/pair-ranks.ts';
import { agreesWithIds } from '../../../src/tokenizers/pipeline/agreement.ts';
import { goldenTokenizer } from '../../golden/tokenizers.ts';
import { LONE_SURROGATES, WELL_FORMED } from '../texts.ts';

const idOf = readRanks((await tableOf('cl100k_base')).bpe_ranks);
const pairs = [...idOf.keys()].flatMap((token) =>
  Array.from(
    { length: token.length - 1 },
    (_, i) => [token.slice(0, i + 1), token.slice(i + 1)] as const,
  ).filter(([left, right]) => idOf.has(left) && idOf.has(right)),
);
const ranks = new Map(
  pairs.map(([left, right], rank) => [idOf.get(left)! * MAX_IDS + idOf.get(right)!, rank]),
);

const NEVER_IN_UTF8 = /[\xc0\xc1\xf5-\xff]/;

describe.each([
  ['cl100k_base as a tokenizer.json like Llama 3’s', /(?!)/],
  ['the same without the bytes that no text has, as GPT-NeoX’s is', NEVER_IN_UTF8],
])('%s', (_, missing) => {
  const json = structuredClone(goldenTokenizer('llama3').tokenizer);
  const tokens = Array.from(idOf).filter(([token]) => !missing.test(token));
  const ours = fromJson(
    {
      ...json,
      added_tokens: [],
      post_processor: null,
      model: {
        type: 'BPE',
        ignore_merges: true,
        vocab: Object.fromEntries(tokens.map(([token, id]) => [symbolsOf(token), id])),
        merges: pairs.filter((pair) => !missing.test(pair.join(''))).map((pair) => pair.map(symbolsOf)),
      },
    },
    'large',
  );
  const theirs = get_encoding('cl100k_base');
  afterAll(() => theirs.free());

  it('gives tiktoken’s ids, which encodes it', () => {
    expect(agreesWithIds(idOf, ranks)).toBe(true);
    const own = readFileSync(new URL(import.meta.url), 'utf8').repeat(50); // more than is encoded without it
    for (const text of [own, ...WELL_FORMED, LONE_SURROGATES])
      expect(ours.encode(text)).toEqual(theirs.encode_ordinary(text));
  });

  it('would not be encoded by tiktoken if a merge were missing, or in another order', () => {
    const [first, ...others] = ranks.keys();
    const ranksOf = (keys: number[]) => new Map(keys.map((key, rank) => [key, rank]));
    expect(agreesWithIds(idOf, ranksOf(others))).toBe(false);
    expect(agreesWithIds(idOf, ranksOf([...others, first!]))).toBe(false);
  });
});

// The word tokenizer: what a word is, which are kept, and that saved, cut and streamed it says the same.
import { join } from 'node:path';
import { AutoTokenizer, env } from '@xenova/transformers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBetweenWords } from '../../src/tokenizers/boundary.ts';
import { tokenizerFor } from '../../src/tokenizers/choose.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { loadTokenizer, saveTokenizer } from '../../src/tokenizers/store.ts';
import { createTextStream } from '../../src/tokenizers/text-stream.ts';
import { learnWords } from '../../src/tokenizers/word.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { anyText, sourceOf, WELL_FORMED } from './texts.ts';

const POEM = "The moon, the moon!\nIt's a quarter past 12: don't sleep (yet).\nThe moon sleeps.";
const learn = (options = {}) => learnWords(sourceOf([POEM]), { vocabSize: 100, ...options });
const all = await learnWords(sourceOf(WELL_FORMED), { vocabSize: 10_000 });

const SPACED = 'O B-PER I-PER, O\u00a0don\u2019t \n 3.5 B-PER\tO';
const labels = await learnWords(sourceOf([SPACED]), { vocabSize: 100, split: 'whitespace' });
const stretches = await learnWords(sourceOf(WELL_FORMED), { vocabSize: 10_000, split: 'whitespace' });

const wordsOf = (tokenizer: typeof all) =>
  Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.decode([id]));

it('splits words, numbers, marks and line breaks, and keeps apostrophes inside of words', async () => {
  const tokenizer = await learn();
  const words = [...tokenizer.encode("It's 12, don't\nsleep.")].map((id) => tokenizer.decode([id]));
  expect(words).toEqual(["It's", '12', ',', "don't", '\n', 'sleep', '.']);
});

it('or splits at white space alone, so that what is a token already is one', () => {
  expect([...labels.encode(SPACED)].map((id) => labels.decode([id]))).toEqual(
    'O B-PER I-PER, O don\u2019t 3.5 B-PER O'.split(' '),
  );
  expect(labels).toMatchObject({ name: 'whitespace', kind: 'word' });
  expect(labels.decode(labels.encode(SPACED))).toBe('O B-PER I-PER, O don\u2019t 3.5 B-PER O');
  expect(wordsOf(labels).slice(-2)).toEqual(['<unk>', '<|endoftext|>']);
});

it('reads what is written like a token of its own as that token, and loads again', async () => {
  const tokenizer = await learnWords(sourceOf(['a <unk> b <unk> <|endoftext|>']), {
    vocabSize: 100,
    split: 'whitespace',
  });
  expect(wordsOf(tokenizer)).toEqual(['a', 'b', '<unk>', '<|endoftext|>']);
  const folder = temporaryFolder();
  saveTokenizer(folder, tokenizer);
  expect([...(await loadTokenizer(folder)).encode('a <unk> b')]).toEqual([0, 2, 1]);
});

it('keeps the most frequent words, in order, then the unknown and the end-of-text token', async () => {
  const tokenizer = await learn({ vocabSize: 6 });
  expect(wordsOf(tokenizer)).toEqual(['moon', '\n', '.', 'The', '<unk>', '<|endoftext|>']);
  expect([...tokenizer.encode('The sun .')]).toEqual([3, 4, 2]);
  expect(tokenizer.endOfText).toBe(5);
});

it('drops rare words, and case if it is told to', async () => {
  expect(wordsOf(await learn({ minCount: 2 }))).toEqual(['moon', '\n', '.', 'The', '<unk>', '<|endoftext|>']);
  const lower = await learn({ lowercase: true, minCount: 3 });
  expect(wordsOf(lower)).toEqual(['moon', 'the', '<unk>', '<|endoftext|>']);
  expect([...lower.encode('THE Moon')]).toEqual([1, 0]);
});

it('says how much of the text becomes unknown', async () => {
  const told: string[] = [];
  await learnWords(sourceOf([POEM]), { vocabSize: 6 }, ({ text }) => told.push(text));
  expect(told.at(-1)).toBe('4 of 19 different words are kept; 63 % of the text becomes <unk>');
});

it('decodes to a text that is good to read, and streams the same', async () => {
  const tokenizer = await learn();
  const ids = tokenizer.encode(POEM);
  expect(tokenizer.decode(ids)).toBe(
    "The moon, the moon!\nIt's a quarter past 12: don't sleep ( yet).\nThe moon sleeps.",
  );
  const stream = createTextStream(tokenizer);
  const text = Array.from(ids, (id) => stream.push(id)).join('') + stream.end();
  expect(text).toBe(` ${tokenizer.decode(ids)}`); // as it goes on from a prompt
});

it('comes back from its tokenizer.json, and from disk, as it was', async () => {
  const folder = temporaryFolder();
  for (const tokenizer of [all, stretches, labels, await learn({ lowercase: true })]) {
    const again = fromJson(JSON.parse(JSON.stringify(tokenizer.toJSON())), 'word');
    expect(again).toMatchObject({ kind: 'word', fingerprint: tokenizer.fingerprint });
    saveTokenizer(folder, tokenizer);
    const loaded = await loadTokenizer(folder);
    for (const text of [POEM, SPACED, ...WELL_FORMED])
      expect(loaded.encode(text)).toEqual(tokenizer.encode(text));
  }
});

it('gives transformers.js’s ids', async () => {
  const folder = temporaryFolder();
  env.allowRemoteModels = false;
  env.localModelPath = folder;
  for (const [name, tokenizer] of [
    ['cased', all],
    ['whitespace', stretches],
    ['lower', await learn({ lowercase: true })],
  ] as const) {
    // biome-ignore format: short
    saveTokenizer(join(folder, name), tokenizer);
    const theirs = await AutoTokenizer.from_pretrained(name);
    for (const text of [POEM, ...WELL_FORMED])
      expect(theirs.encode(text), text).toEqual([...tokenizer.encode(text)]);
  }
});

it.each([all, stretches])('gives the same ids however the text is cut: $name', async (tokenizer) => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyText), fc.integer({ min: 1, max: 40 }), async (documents, size) => {
      const ids: number[] = [];
      const { split } = tokenizer;
      const pieces = cutBetweenWords(sourceOf(documents, size).pieces(), { split, longest: Infinity });
      for await (const { text } of pieces) ids.push(...tokenizer.encode(text));
      expect(ids).toEqual(documents.flatMap((text) => [...tokenizer.encode(text)]));
    }),
  );
});

describe('refuses', () => {
  it.each([
    [{ vocabSize: 2 }, 'a whole number of 3 or more'],
    [{ minCount: 0 }, 'a whole number of 1 or more'],
  ])('%o', async (options, message) => {
    await expect(learn(options)).rejects.toThrow(message);
  });

  it('settings of words for another tokenizer', async () => {
    const source = sourceOf([POEM]);
    await expect(tokenizerFor('bpe', source, { lowercase: true })).rejects.toThrow(
      'do not go with the tokenizer bpe',
    );
    await expect(tokenizerFor('char', source, { minCount: 2 })).rejects.toThrow('do not go with');
  });

  it('a file whose ids are others', async () => {
    const json = JSON.parse(JSON.stringify((await learn()).toJSON()));
    json.model.vocab.moon = 1;
    expect(() => fromJson(json, 'x')).toThrow('expected id');
    const split = JSON.parse(JSON.stringify((await learn()).toJSON()));
    split.pre_tokenizer.pattern.Regex = '\\w+';
    expect(() => fromJson(split, 'x')).toThrow('pre_tokenizer');
  });
});

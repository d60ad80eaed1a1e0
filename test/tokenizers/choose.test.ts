import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TsgptError, UsageError } from '../../src/base/errors.ts';
import { DEFAULT_VOCAB_SIZE, tokenizerFor } from '../../src/tokenizers/choose.ts';
import { learnBpe } from '../../src/tokenizers/learn.ts';
import { loadTokenizer, saveTokenizer } from '../../src/tokenizers/store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { sourceOf } from './texts.ts';

const folder = temporaryFolder();
const source = sourceOf(['to be or not to be, that is the question; to be, to be']);

describe('tokenizerFor', () => {
  it.each([
    ['char', 'char', 15],
    ['byte', 'byte', 257],
    ['gpt2', 'bpe', 50257],
  ])('%s', async (spec, kind, vocabSize) => {
    expect(await tokenizerFor(spec, source)).toMatchObject({ name: spec, kind, vocabSize });
  });

  it('learns a bpe vocabulary of the size asked for, or of the default size', async () => {
    expect((await tokenizerFor('bpe', source, { vocabSize: 260 })).vocabSize).toBe(260);
    const told: string[] = [];
    await tokenizerFor('bpe', source, { onProgress: ({ text }) => told.push(text) });
    expect(told.at(-1)).toContain(`not ${DEFAULT_VOCAB_SIZE.toLocaleString('en-US')}`);
  });

  it('corrects a misspelt name', async () => {
    await expect(tokenizerFor('gtp2', source)).rejects.toMatchObject({
      exitCode: 2,
      hint: 'did you mean gpt2?',
    });
    await expect(tokenizerFor('cl100kbase', source)).rejects.toMatchObject({
      hint: 'did you mean cl100k_base?',
    });
  });

  it.each(['char', 'byte', 'gpt2', 'no-such-folder'])('%s has no vocabulary size to choose', async (spec) => {
    await expect(tokenizerFor(spec, source, { vocabSize: 300 })).rejects.toThrow(UsageError);
  });
});

describe('a saved tokenizer', () => {
  it('comes back by its folder or its file, under its name', async () => {
    const learned = await learnBpe(source, 262);
    const place = join(folder, 'hamlet');
    saveTokenizer(place, learned, { name: 'prince', learnedFrom: source.description });
    for (const path of [place, join(place, 'tokenizer.json')]) {
      const loaded = await tokenizerFor(path, source);
      expect(loaded).toMatchObject({ name: 'prince', kind: 'bpe', fingerprint: learned.fingerprint });
      expect(loaded.encode('to be')).toEqual(learned.encode('to be'));
    }
    expect(JSON.parse(readFileSync(join(place, 'meta.json'), 'utf8'))).toEqual({
      name: 'prince',
      kind: 'bpe',
      vocabSize: 262,
      fingerprint: learned.fingerprint,
      learnedFrom: 'the test’s text',
    });
  });

  it('takes its folder’s name if nothing gives it one', async () => {
    const place = join(folder, 'nameless');
    mkdirSync(place);
    writeFileSync(
      join(place, 'tokenizer.json'),
      JSON.stringify((await tokenizerFor('char', source)).toJSON()),
    );
    expect((await loadTokenizer(place)).name).toBe('nameless');
  });

  it('is named in the error when it is missing or damaged', async () => {
    await expect(loadTokenizer(join(folder, 'nowhere'))).rejects.toThrow('there is no tokenizer at');
    const place = join(folder, 'damaged');
    mkdirSync(place);
    writeFileSync(join(place, 'tokenizer.json'), '{"model": ');
    await expect(loadTokenizer(place)).rejects.toThrow('is not valid JSON');
    writeFileSync(join(folder, 'a-file'), '');
    expect(() => saveTokenizer(join(folder, 'a-file'), { ...stub })).toThrow(TsgptError);
  });
});

const stub = await tokenizerFor('byte', source);

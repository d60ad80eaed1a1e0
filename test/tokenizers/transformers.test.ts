// What we save, transformers.js loads, and gives the same ids and the same text.
import { join } from 'node:path';
import { AutoTokenizer, env } from '@xenova/transformers';
import { beforeAll, describe, expect, it } from 'vitest';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { learnCharacters } from '../../src/tokenizers/char.ts';
import { tiktokenEncoding } from '../../src/tokenizers/encodings.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { learnBpe } from '../../src/tokenizers/learn.ts';
import { CL100K_PATTERN, GPT2_PATTERN, O200K_PATTERN } from '../../src/tokenizers/patterns.ts';
import { saveTokenizer } from '../../src/tokenizers/store.ts';
import type { Tokenizer } from '../../src/tokenizers/tokenizer.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { LONE_SURROGATES, sourceOf, WELL_FORMED } from './texts.ts';

const folder = temporaryFolder();
beforeAll(() => {
  env.allowRemoteModels = false;
  env.localModelPath = folder;
});

const CASES: [string, () => Promise<Tokenizer>][] = [
  ['learned', learned],
  ['char', () => learnCharacters(sourceOf([...WELL_FORMED, '\ufffd']))],
  ['byte', async () => byteTokenizer()],
  ['gpt2', () => tiktokenEncoding('gpt2')],
  ['cl100k', () => learnedWith(CL100K_PATTERN)],
  ['o200k', () => learnedWith(O200K_PATTERN)],
];

/** A small vocabulary under the split of a large one. */
async function learnedWith(pattern: string): Promise<Tokenizer> {
  const json = JSON.stringify((await learned()).toJSON());
  return fromJson(
    JSON.parse(json.replace(JSON.stringify(GPT2_PATTERN), () => JSON.stringify(pattern))),
    'other',
  );
}

function learned(): Promise<Tokenizer> {
  return learnBpe(sourceOf([...WELL_FORMED, ...WELL_FORMED]), 420);
}

describe.each(CASES)('%s', async (name, make) => {
  const ours = await make();

  it('has the same ids and the same text there', async () => {
    saveTokenizer(join(folder, name), ours);
    const theirs = await AutoTokenizer.from_pretrained(name);
    // They give a character that they do not know no id at all.
    const texts = name === 'char' ? WELL_FORMED : [...WELL_FORMED, LONE_SURROGATES];
    for (const text of texts) {
      const ids = [...ours.encode(text)];
      expect(theirs.encode(text)).toEqual(ids);
      if (ids.length > 0) expect(theirs.decode(ids)).toBe(ours.decode(ids));
    }
    expect(theirs.encode('a<|endoftext|>')).toEqual([...ours.encode('a'), ours.endOfText]);
    expect(theirs.eos_token_id).toBe(ours.endOfText);
  });
});

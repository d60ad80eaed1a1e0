import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { learnCharacters } from '../../src/tokenizers/char.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { sourceOf } from './texts.ts';

const SHAKESPEARE = new URL('../../../shared/data/tinyshakespeare.txt', import.meta.url);

describe('a character tokenizer', () => {
  it('numbers the code points in order', async () => {
    const tokenizer = await learnCharacters(sourceOf(['é𝒜\uffffab\n']));
    expect([...tokenizer.encode('\nabé\uffff𝒜')]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(tokenizer).toMatchObject({ kind: 'char', vocabSize: 6, endOfText: undefined });
  });

  it('ends the texts of several documents', async () => {
    const tokenizer = await learnCharacters(sourceOf(['ab', 'bc']));
    expect(tokenizer).toMatchObject({ vocabSize: 4, endOfText: 3 });
    expect(tokenizer.decode([0, 3])).toBe('a<|endoftext|>');
    const again = fromJson(JSON.parse(JSON.stringify(tokenizer.toJSON())), 'again');
    expect(again).toMatchObject({
      kind: 'char',
      vocabSize: 4,
      endOfText: 3,
      fingerprint: tokenizer.fingerprint,
    });
  });

  it('names a character that it does not know', async () => {
    const tokenizer = await learnCharacters(sourceOf(['hello 👍']));
    expect(() => tokenizer.encode('👍hellö')).toThrow(
      'the character "ö" (U+00F6), at position 5 of the text',
    );
    expect(() => tokenizer.encode('\ud800')).toThrow('(U+FFFD), at position 0');
    expect(() => tokenizer.decode([6])).toThrow('expected a whole number below 6');
  });

  it('needs text', async () => {
    await expect(learnCharacters(sourceOf(['']))).rejects.toThrow('there is no text');
  });

  it.skipIf(!existsSync(SHAKESPEARE))('is nanoGPT’s for Shakespeare: 65 characters', async () => {
    const text = readFileSync(SHAKESPEARE, 'utf8');
    const tokenizer = await learnCharacters(sourceOf([text], 1 << 16));
    expect(tokenizer.vocabSize).toBe(65);
    // The ids that nanoGPT's README prepares "hii there" to.
    expect([...tokenizer.encode('hii there')]).toEqual([46, 47, 47, 1, 58, 46, 43, 56, 43]);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });
});

// tsgpt data and what goes with it: parts put together, token files and tokenizers of other programs, and what a text is made of.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { get_encoding, Tiktoken } from 'tiktoken';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { tsgptHere } from './in-process.ts';

const cwd = temporaryFolder();
/** As OpenAI published it. */
const GPT2_PATTERN = String.raw`'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;
const at = (...names: string[]) => join(cwd, ...names);

async function tsgpt(words: string): Promise<string> {
  const { code, stdout, stderr } = await tsgptHere(words.split(' '), cwd);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return stdout;
}

beforeAll(async () => {
  const texts = Array.from({ length: 50 }, (_, i) => `Story ${i}: a café is a café.`);
  writeFileSync(at('text.txt'), texts.join('<|endoftext|>'));
  await tsgpt('prepare text.txt --tokenizer gpt2 --out data/gpt2');
});

it('parts that were prepared apart are put together', async () => {
  for (const i of [1, 2])
    await tsgpt(`prepare text.txt --tokenizer gpt2 --shard-size 1KB --part ${i}/2 --out parts/${i}`);
  const meta = JSON.parse(await tsgpt('data merge parts/1 parts/2 --out data/merged --json'));
  expect(meta.splits.train.shards.length).toBeGreaterThan(1);
  const whole = JSON.parse(readFileSync(at('data/gpt2/meta.json'), 'utf8'));
  expect(meta.splits.train.tokens).toBe(whole.splits.train.tokens);
  expect(await tsgpt('data show data/merged')).toContain('2 shards');
});

it('what a text is made of is shown', async () => {
  const shown = JSON.parse(await tsgpt('data show data/gpt2 --tokens 5 --json'));
  const { tokens, bytes } = shown.meta.splits.train;
  expect(shown).toMatchObject({ counted: tokens, sample: 'Story 0: a café' });
  expect(shown.bytesPerToken.train).toBe(bytes / tokens);
  expect(shown.common.map(({ text }: { text: string }) => text)).toContain(' a');
  expect(shown.unused + shown.rare).toBeGreaterThan(50_000);
  await tsgpt('prepare text.txt --tokenizer word --vocab-size 5 --out data/word');
  expect(await tsgpt('data show data/word')).toMatch(/\d+ % are unknown words\n/);
});

describe('token files', () => {
  it.each(['nanogpt', 'llm.c'])('go to %s and come back as they were', async (format) => {
    await tsgpt(`data export data/gpt2 --format ${format} --out bins/${format}`);
    await tsgpt(
      `data import bins/${format}/train.bin bins/${format}/val.bin --tokenizer gpt2 --out data/back`,
    );
    for (const split of ['train', 'val']) {
      const ours = readFileSync(at('data/gpt2', `${split}.bin`));
      expect(readFileSync(at('data/back', `${split}.bin`)).equals(ours)).toBe(true);
      const theirs = readFileSync(at('bins', format, `${split}.bin`));
      if (format === 'nanogpt') expect(theirs.equals(ours)).toBe(true);
      else {
        // As llm.c's own data_common.py writes it: header[0:3] = 20240520, 1, len(toks), of 256 int32.
        expect([0, 4, 8, 12].map((place) => theirs.readInt32LE(place))).toEqual([
          20240520,
          1,
          ours.length / 2,
          0,
        ]);
        expect(theirs.subarray(1024).equals(ours)).toBe(true);
      }
    }
    const [before, after] = ['gpt2', 'back'].map((name) =>
      JSON.parse(readFileSync(at('data', name, 'meta.json'), 'utf8')),
    );
    expect(after.splits).toEqual({
      train: { ...before.splits.train, nats: undefined },
      val: { ...before.splits.val, nats: undefined },
    });
  });

  it('that are cut off, or of another tokenizer, are refused by place', async () => {
    const cut = readFileSync(at('bins/llm.c/train.bin')).subarray(0, -2);
    writeFileSync(at('cut.bin'), cut);
    const run = (words: string) => tsgptHere(words.split(' '), cwd);
    expect((await run('data import cut.bin cut.bin --tokenizer gpt2 --out x')).stderr).toContain(
      'cut.bin is damaged: expected',
    );
    const other = await run('data import bins/nanogpt/train.bin cut.bin --tokenizer byte --out x');
    expect(other.stderr).toContain('expected ids below 257 in bins/nanogpt/train.bin, but token 0 is ');
    expect(readdirSync(cwd)).not.toContain('x');
  });
});

describe('a tokenizer', () => {
  it('as ranks is the one that tiktoken has', async () => {
    await tsgpt('tokenizer export data/gpt2 --format tiktoken --out exports');
    const theirs = get_encoding('gpt2');
    const ours = new Tiktoken(readFileSync(at('exports/gpt2.tiktoken'), 'utf8').trim(), {}, GPT2_PATTERN);
    const text = 'The café’s 123 books,\n\n  and 日本語 😀!';
    expect([...ours.encode_ordinary(text)]).toEqual([...theirs.encode_ordinary(text)]);
    ours.free();
    theirs.free();
  });

  it('as vocab.json and merges.txt is GPT-2’s', async () => {
    await tsgpt('tokenizer export data/gpt2 --format gpt2 --out exports');
    const vocab = JSON.parse(readFileSync(at('exports/vocab.json'), 'utf8'));
    expect(vocab).toMatchObject({ '!': 0, Ġthe: 262, '<|endoftext|>': 50_256 });
    expect(readFileSync(at('exports/merges.txt'), 'utf8').split('\n').slice(0, 4)).toEqual([
      '#version: 0.2',
      'Ġ t',
      'Ġ a',
      'h e',
    ]);
    const { stderr } = await tsgptHere('tokenizer export data/word --format gpt2 --out x'.split(' '), cwd);
    expect(stderr).toContain('expected a tokenizer of byte pairs, but word is of the kind word');
  });

  it('is compared with another on the same text', async () => {
    const { tokenizers } = JSON.parse(await tsgpt('tokenizer compare gpt2 byte text.txt --json'));
    const { bytes } = tokenizers[1];
    expect(tokenizers[1]).toMatchObject({ name: 'byte', tokens: bytes, bytesPerToken: 1, vocabSize: 257 });
    expect(tokenizers[0]).toMatchObject({ name: 'gpt2', bytes });
    expect(tokenizers[0].tokens).toBeLessThan(bytes / 2);
  });
});

// Tokenizers of the Llama family's shapes give what Hugging Face's own library gives, and, on any text, what transformers.js
// gives.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutoTokenizer, env } from '@xenova/transformers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromJson } from '../../../src/tokenizers/from-json.ts';
import { goldenTokenizer, SHAPES } from '../../golden/tokenizers.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { anyText } from '../texts.ts';

const folder = temporaryFolder();
beforeAll(() => {
  env.allowRemoteModels = false;
  env.localModelPath = folder;
});

/** The larger blocks of Unicode 13 and later: not everybody's tables have them. */
const RECENT =
  /[\u{10940}-\u{1095f}\u{10d40}-\u{10d8f}\u{10ec2}-\u{10eff}\u{11380}-\u{113ff}\u{116d0}-\u{116e3}\u{11bc0}-\u{11bff}\u{11db0}-\u{11dff}\u{13430}-\u{143ff}\u{16100}-\u{1613f}\u{16d40}-\u{16eff}\u{18cff}-\u{18dff}\u{1cc00}-\u{1cebf}\u{1e5d0}-\u{1e6ff}\u{2ebf0}-\u{2ee5f}\u{30000}-\u{3ffff}]/u;
const NEVER = /(?!)/;
const WHITE_SPACE = /[\ufeff\u0085]/;
/** Texts of which transformers.js makes something else than Hugging Face's library, which we follow. */
const STRANGE: Readonly<Record<string, RegExp>> = {
  smollm: /[\ufeff\u0085]|(?!\d)\p{N}/u, // ByteLevel splits at JavaScript's \s, and Digits knows ASCII's only
  prefixed: WHITE_SPACE,
  other: /word|[\ufeff\u0085Σ]/, // "single_word" is not known, the white space and a word's last sigma are JavaScript's
};
/** Behaviours that it does not know. */
const UNKNOWN = ['contiguous', 'merged-with-next', 'merged-with-previous', 'bytes-left-out'];

describe.each(SHAPES)('%s', (shape) => {
  const golden = goldenTokenizer(shape);
  const ours = fromJson(golden.tokenizer, shape);
  const added = (golden.tokenizer.added_tokens as { content: string }[]).map(({ content }) => content);
  const texts = fc
    .array(fc.oneof({ weight: 4, arbitrary: anyText }, fc.constantFrom(' ', ...added)), { maxLength: 8 })
    .map((parts) => parts.join(''))
    .filter((text) => !RECENT.test(text) && !(STRANGE[shape] ?? NEVER).test(text.normalize('NFKC')));

  it('gives the ids and the texts that Hugging Face’s tokenizers gives', () => {
    for (const { text, ids, withSpecials, decoded } of golden.cases) {
      expect([...ours.encode(text)]).toEqual(ids);
      expect([...(ours.encodeWithSpecials?.(text) ?? ours.encode(text))]).toEqual(withSpecials);
      expect(ours.decode(ids)).toBe(decoded);
    }
  });

  it.skipIf(UNKNOWN.includes(shape))('gives the ids that transformers.js gives for any text', async () => {
    await mkdir(join(folder, shape));
    await writeFile(join(folder, shape, 'tokenizer.json'), JSON.stringify(golden.tokenizer));
    await writeFile(join(folder, shape, 'tokenizer_config.json'), '{}');
    const theirs = await AutoTokenizer.from_pretrained(shape);
    fc.assert(
      fc.property(texts, (text) => {
        expect([...(ours.encodeWithSpecials?.(text) ?? ours.encode(text))]).toEqual(theirs.encode(text));
      }),
    );
  });

  it('keeps its tokenizer.json as it is', () => {
    expect(ours.toJSON()).toEqual(golden.tokenizer);
  });
});

// BERT's WordPiece: the ids of Hugging Face's tokenizers on texts of many scripts, and of transformers.js's on any text.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AutoTokenizer, env } from '@xenova/transformers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { TsgptError } from '../../src/base/errors.ts';
import { cutBetweenWords } from '../../src/tokenizers/boundary.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { loadTokenizer, saveTokenizer } from '../../src/tokenizers/store.ts';
import { createTextStream } from '../../src/tokenizers/text-stream.ts';
import { WordPieceTokenizer } from '../../src/tokenizers/word-piece.ts';
import { UNCASED, type WordPieceOptions } from '../../src/tokenizers/word-piece-json.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { anyText, LONE_SURROGATES, sourceOf, WELL_FORMED } from './texts.ts';

const TINY = join(import.meta.dirname, '../golden/bert-tiny');
const read = (file: string) => JSON.parse(readFileSync(join(TINY, file), 'utf8'));
const { texts } = read('expected.json') as { texts: { text: string; ids: number[]; decoded: string }[] };
const tiny = await loadTokenizer(TINY);
const vocab: Record<string, number> = read('tokenizer.json').model.vocab;
const tokens = Object.keys(vocab).sort((a, b) => vocab[a]! - vocab[b]!);

/** Words of what the vocabulary has, which chance alone would not write, among any text. */
const someText = fc
  .array(
    fc.oneof(
      fc.string({ unit: fc.constantFrom(...texts.map(({ text }) => text).join('')) }),
      fc.constantFrom(...tokens.map((token) => token.replace(/^##|\[|\]/g, ''))),
      fc.constantFrom(...texts.map(({ text }) => text), LONE_SURROGATES),
      anyText,
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

it('is read from a published tokenizer.json with its mask and its frame', () => {
  const id = (token: string) => tokens.indexOf(token);
  expect(tiny).toMatchObject({
    kind: 'wordpiece',
    vocabSize: tokens.length,
    mask: id('[MASK]'),
    endOfText: id('[SEP]'),
    frame: { before: id('[CLS]'), after: id('[SEP]') },
  });
});

it('is known where the file does not name its model, as BERT’s first ones do not', () => {
  const json = read('tokenizer.json');
  delete json.model.type;
  expect(fromJson(json, 'first').fingerprint).toBe(tiny.fingerprint);
});

it.each(texts)('has the ids and the text of Hugging Face’s tokenizers: $text', ({ text, ids, decoded }) => {
  expect([tiny.frame!.before, ...tiny.encode(text), tiny.frame!.after]).toEqual(ids);
  expect(tiny.decode(ids)).toBe(decoded);
});

const FORMS: Record<string, Partial<WordPieceOptions>> = {
  uncased: {},
  cased: { lowercase: false },
  'lowercase with accents': { strip_accents: false },
  'cased without accents': { lowercase: false, strip_accents: true },
  'neither clean nor Chinese': { clean_text: false, handle_chinese_chars: false, lowercase: false },
  'short words, no frame, no cleanup': { max_input_chars_per_word: 5, framed: false, cleanup: false },
};

/**
 * Where transformers.js is not Hugging Face's tokenizers, whose ids ours are: it makes a word's last Σ a ς, finds no Chinese beyond
 * U+FFFF, and takes JavaScript's white space where control characters are kept.
 */
function alike(text: string, { clean_text = true }: Partial<WordPieceOptions>): string {
  const folded = text.replaceAll('Σ', 'σ').replace(/[\u{20000}-\u{2FA1F}]/gu, '');
  return clean_text ? folded : folded.replace(/[\u0085\uFEFF]/g, '');
}

describe.each(Object.entries(FORMS))('%s', (name, form) => {
  const folder = temporaryFolder();
  const ours = new WordPieceTokenizer(name, tokens, { ...UNCASED, ...form });
  let theirs: Awaited<ReturnType<typeof AutoTokenizer.from_pretrained>>;

  beforeAll(async () => {
    env.allowRemoteModels = false;
    env.localModelPath = folder;
    saveTokenizer(join(folder, 'saved'), ours, { mask: ours.mask });
    theirs = await AutoTokenizer.from_pretrained('saved');
  });

  it('has transformers.js’s ids of any text, and its text of any ids', () => {
    fc.assert(
      fc.property(someText, (whole) => {
        const text = alike(whole, form);
        const ids = [...ours.encode(text)];
        expect(theirs.encode(text, { add_special_tokens: false })).toEqual(ids);
      }),
      { numRuns: 500 },
    );
    const anyIds = fc.array(fc.nat(ours.vocabSize - 1), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(anyIds, (ids) => {
        expect(theirs.decode(ids, { clean_up_tokenization_spaces: false })).toBe(ours.decode(ids));
      }),
    );
  });

  it('puts its frame around a text there, and comes back from its files as it was', async () => {
    const { frame } = ours;
    const ids = [...ours.encode('the moon')];
    expect(theirs.encode('the moon')).toEqual(frame ? [frame.before, ...ids, frame.after] : ids);
    expect(theirs.mask_token_id).toBe(ours.mask);
    const again = await loadTokenizer(join(folder, 'saved'));
    expect(again).toMatchObject({ kind: 'wordpiece', fingerprint: ours.fingerprint, mask: ours.mask });
  });

  it('gives the same ids however the text is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someText), fc.integer({ min: 1, max: 40 }), async (documents, size) => {
        const ids: number[] = [];
        for await (const { text } of cutBetweenWords(sourceOf(documents, size).pieces(), {
          longest: Infinity,
        }))
          ids.push(...ours.encode(text));
        expect(ids).toEqual(documents.flatMap((text) => [...ours.encode(text)]));
      }),
    );
  });
});

it('streams the text that it decodes, after a space', () => {
  for (const text of WELL_FORMED) {
    const ids = tiny.encode(text);
    if (ids.length === 0 || tiny.decode([ids[0]!]).match(/^[.?!,]/)) continue;
    const stream = createTextStream(tiny);
    expect(Array.from(ids, (id) => stream.push(id)).join('') + stream.end()).toBe(` ${tiny.decode(ids)}`);
  }
});

describe('refuses', () => {
  type Json = ReturnType<typeof read>;
  it.each<[string, (json: Json) => void, string]>([
    ['another normalizer', (json) => (json.normalizer = { type: 'NFC' }), 'normalizer'],
    ['none', (json) => (json.normalizer = null), 'normalizer: tsgpt normalizes'],
    ['another split', (json) => (json.pre_tokenizer = { type: 'Whitespace' }), 'pre_tokenizer'],
    ['another frame', (json) => json.post_processor.single.reverse(), 'post_processor: tsgpt puts'],
    ['another decoder', (json) => (json.decoder.type = 'Fuse'), 'decoder.type'],
    ['another prefix', (json) => (json.model.continuing_subword_prefix = '@@'), 'continuing_subword_prefix'],
    ['another unknown token', (json) => (json.model.unk_token = '<unk>'), 'model.unk_token'],
    ['no unknown token', (json) => without(json, '[UNK]'), 'expected "[UNK]" in its vocabulary'],
    ['no end', (json) => without(json, '[SEP]'), 'expected "[SEP]" in its vocabulary'],
    ['an added token', (json) => (json.added_tokens[0].content = '<e>'), 'tsgpt knows [PAD], [UNK]'],
    ['an added word', (json) => (json.added_tokens[0].special = false), 'only if they are special'],
    ['a gap', (json) => (json.model.vocab.the = 999), 'expected id '],
  ])('%s, by name', (_, damage, message) => {
    const json = read('tokenizer.json');
    damage(json);
    expect(() => fromJson(json, 'mine')).toThrow(TsgptError);
    expect(() => fromJson(json, 'mine')).toThrow('cannot use the tokenizer.json of mine: ');
    expect(() => fromJson(json, 'mine')).toThrow(message);
  });

  /** Another word takes the place of a token. */
  function without({ model, added_tokens }: Json, token: string): void {
    const id = model.vocab[token];
    delete model.vocab[token];
    model.vocab.another = id;
    added_tokens.splice(
      added_tokens.findIndex(({ content }: { content: string }) => content === token),
      1,
    );
  }

  it('an id that it does not have', () => {
    expect(() => tiny.decode([tokens.length])).toThrow(`a whole number below ${tokens.length}`);
  });
});

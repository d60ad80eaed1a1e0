import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TsgptError } from '../../src/base/errors.ts';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { symbolsOf } from '../../src/tokenizers/bytes.ts';
import { learnCharacters } from '../../src/tokenizers/char.ts';
import { readTokenizer, tokenizerFiles } from '../../src/tokenizers/files.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { learnBpe } from '../../src/tokenizers/learn.ts';
import { damaged } from './damaged.ts';
import { sourceOf } from './texts.ts';

const TEXT = 'the cat that sat on the mat, the rat that ate the cat';
const learned = await learnBpe(sourceOf([TEXT]), 264);
const char = await learnCharacters(sourceOf([TEXT, TEXT]));

type Json = ReturnType<typeof plain>;

function plain(tokenizer = learned) {
  return JSON.parse(JSON.stringify(tokenizer.toJSON()));
}

describe('fromJson refuses', () => {
  it.each<[string, (json: Json) => void, string]>([
    [
      'a normalizer',
      (json) => {
        json.normalizer = { type: 'BertNormalizer' };
      },
      'normalizer: tsgpt does not know "BertNormalizer", only NFC, NFD,',
    ],
    [
      'another split',
      (json) => {
        json.pre_tokenizer = { type: 'Whitespace' };
      },
      'pre_tokenizer: tsgpt does not know "Whitespace"',
    ],
    [
      'tokens put before',
      (json) => {
        json.post_processor = { type: 'BertProcessing' };
      },
      'post_processor: tsgpt does not know "BertProcessing"',
    ],
    [
      'another model',
      (json) => {
        json.model.type = 'Unigram';
      },
      'model.type',
    ],
    [
      'chance',
      (json) => {
        json.model.dropout = 0.1;
      },
      'model.dropout',
    ],
    [
      'suffixes',
      (json) => {
        json.model.end_of_word_suffix = '</w>';
      },
      'model.end_of_word_suffix',
    ],
    [
      'a missing byte',
      (json) => {
        delete json.model.vocab.z;
        json.model.unk_token = '<unk>';
      },
      'model.unk_token: "<unk>" is not in the vocabulary',
    ],
    [
      'a missing byte, for which bytes would stand',
      (json) => {
        delete json.model.vocab.z;
        json.model.byte_fallback = true;
      },
      'expected no byte_fallback for bytes, of which <0x7A> has no token',
    ],
    [
      'an id used twice',
      (json) => {
        json.model.vocab.z = 97;
      },
      'have the same id, 97',
    ],
    [
      'an absurd id',
      (json) => {
        json.model.vocab.z = 1e9;
      },
      'model.vocab: expected ids',
    ],
    [
      'a token that is no bytes',
      (json) => {
        json.model.vocab.日 = 300;
      },
      '"日" is not written in byte-level',
    ],
    [
      'one merge too many',
      (json) => {
        json.model.merges.push('z z');
      },
      'model.merges[7]: "zz" is not in the vocabulary',
    ],
    [
      'a character tokenizer’s decoder',
      (json) => {
        json.decoder = { type: 'Fuse' };
      },
      'decoder: expected ByteLevel alone, as text is split into bytes, but got Fuse',
    ],
  ])('%s', (_, damage, message) => {
    const json = plain();
    damage(json);
    expect(() => fromJson(json, 'mine')).toThrow(TsgptError);
    expect(() => fromJson(json, 'mine')).toThrow(`cannot use the tokenizer.json of mine: `);
    expect(() => fromJson(json, 'mine')).toThrow(message);
  });

  it.each<[string, (json: Json) => void, string]>([
    [
      'words',
      (json) => {
        json.model.vocab.cat = 99;
      },
      'expected single characters, but got "cat"',
    ],
    [
      'gaps',
      (json) => {
        json.model.vocab.t = 99;
      },
      'but got 99',
    ],
    [
      'merges',
      (json) => {
        json.model.merges.push('a t');
      },
      'not a character tokenizer',
    ],
  ])('a character tokenizer with %s', (_, damage, message) => {
    const json = JSON.parse(JSON.stringify(char.toJSON()));
    damage(json);
    expect(() => fromJson(json, 'mine')).toThrow(message);
  });

  it.each([null, undefined, 1, 'x', [], {}, { model: {} }])('%j', (json) => {
    expect(() => fromJson(json, 'mine')).toThrow(TsgptError);
  });
});

describe('fromJson reads', () => {
  it('merges as pairs, and ids that GPT-2’s own files order differently', () => {
    const json = plain();
    json.model.merges = json.model.merges.map((merge: string) => merge.split(' '));
    expect(fromJson(json, 'x').fingerprint).toBe(learned.fingerprint);
    [json.model.vocab.a, json.model.vocab.b] = [json.model.vocab.b, json.model.vocab.a];
    expect([...fromJson(json, 'x').encode('ab')]).toEqual([98, 97]);
  });

  it('the split as transformers.js’s authors write it', () => {
    const json = plain();
    Object.assign(json.pre_tokenizer.pretokenizers[0], { behavior: 'Removed', invert: true });
    expect(fromJson(json, 'x').fingerprint).toBe(learned.fingerprint);
  });

  it('plain bytes as the byte tokenizer', () => {
    expect(fromJson(byteTokenizer().toJSON(), 'b')).toMatchObject({
      kind: 'byte',
      vocabSize: 257,
      endOfText: 256,
    });
  });

  it('what a tokenizer_config.json beside it says, and keeps it', () => {
    const json = plain();
    json.added_tokens.push({ id: 264, content: '<|im_end|>', special: true });
    const read = (config: object) => fromJson(json, 'x', { bos_token: '<|endoftext|>', ...config });
    const configs = [
      { eos_token: { content: '<|im_end|>' } },
      { chat_template: '{{ messages }}' },
      { pad_token: '[PAD]' },
    ];
    for (const config of configs) {
      const files = tokenizerFiles(read(config));
      expect(JSON.parse(files['tokenizer_config.json']!)).toMatchObject(config);
      expect(JSON.parse(files['tokenizer.json']!)).toEqual(json);
      expect(read(config).encode(TEXT)).toEqual(read({}).encode(TEXT));
    }
    expect(configs.map((config) => read(config).endOfText)).toEqual([264, 263, 263]);
    const ours = tokenizerFiles(learned, { mask: 264 });
    const again = readTokenizer(
      { json: ours['tokenizer.json']!, config: ours['tokenizer_config.json'] },
      'x',
    );
    expect([again.fingerprint, again.mask]).toEqual([learned.fingerprint, 264]);
  });

  it('nothing damaged without saying so, and never crashes', () => {
    fc.assert(
      fc.property(fc.constantFrom(learned, char), damaged, (whole, damage) => {
        const json = JSON.parse(JSON.stringify(whole.toJSON()));
        damage(json);
        try {
          const tokenizer = fromJson(json, 'x');
          const kept = Array.from(TEXT).filter((byte) => symbolsOf(byte) in json.model.vocab);
          expect(tokenizer.decode(tokenizer.encode(TEXT))).toBe(whole === char ? TEXT : kept.join(''));
        } catch (error) {
          expect(error).toBeInstanceOf(TsgptError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

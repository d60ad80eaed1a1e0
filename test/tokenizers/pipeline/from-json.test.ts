// What a tokenizer.json of the Llama family says and tsgpt cannot follow is refused by name; damaged ones never crash.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TsgptError } from '../../../src/base/errors.ts';
import { readTokenizer, tokenizerFiles } from '../../../src/tokenizers/files.ts';
import { fromJson } from '../../../src/tokenizers/from-json.ts';
import { goldenTokenizer, SHAPES } from '../../golden/tokenizers.ts';
import { damaged } from '../damaged.ts';

type Json = ReturnType<typeof copyOf>;

// biome-ignore lint/suspicious/noExplicitAny: tests damage it anywhere
function copyOf(shape: string): any {
  return structuredClone(goldenTokenizer(shape).tokenizer);
}

let deep: object = {};
for (let i = 0; i < 100_000; i++) deep = { type: 'Sequence', normalizers: [deep] };
let wide: object = { type: 'Sequence', normalizers: [] };
for (let i = 0; i < 8; i++) wide = { type: 'Sequence', normalizers: [wide, wide, wide, { type: 'NFC' }] };

describe('is refused by name:', () => {
  it.each<[string, string, (json: Json) => void, string]>([
    [
      'a part',
      'qwen',
      (json) => {
        json.normalizer = { type: 'Precompiled' };
      },
      'normalizer: tsgpt does not know "Precompiled"',
    ],
    [
      'a part in a sequence',
      'smollm',
      (json) => {
        json.pre_tokenizer.pretokenizers[0].type = 'Punctuation';
      },
      'pre_tokenizer.pretokenizers[0]: tsgpt does not know "Punctuation"',
    ],
    [
      'a decoder',
      'llama2',
      (json) => {
        json.decoder.decoders[3].type = 'CTC';
      },
      'decoder.decoders[3]: tsgpt does not know "CTC"',
    ],
    [
      'a decoder of bytes for characters',
      'llama2',
      (json) => {
        json.decoder = { type: 'ByteLevel' };
      },
      'decoder: expected none of bytes',
    ],
    [
      'no decoder',
      'llama2',
      (json) => {
        json.decoder = null;
      },
      'decoder: expected ByteFallback among its parts',
    ],
    [
      'a split after bytes',
      'smollm',
      (json) => {
        json.pre_tokenizer.pretokenizers.reverse();
      },
      'expected nothing after ByteLevel',
    ],
    [
      'a behavior',
      'llama3',
      (json) => {
        json.pre_tokenizer.pretokenizers[0].behavior = 'Shuffled';
      },
      'pre_tokenizer.pretokenizers[0].behavior',
    ],
    [
      'a pattern',
      'llama3',
      (json) => {
        json.pre_tokenizer.pretokenizers[0].pattern = { Regex: '(?<=a)b' };
      },
      'pre_tokenizer.pretokenizers[0]: tsgpt does not know "(?<"',
    ],
    [
      'characters without bytes',
      'llama2',
      (json) => {
        json.model.byte_fallback = false;
      },
      'expected byte_fallback, with tokens of all bytes',
    ],
    [
      'a byte without a token',
      'llama2',
      (json) => {
        delete json.model.vocab['<0x0A>'];
      },
      'the byte 10 has none',
    ],
    [
      'chance',
      'llama2',
      (json) => {
        json.model.dropout = 0.1;
      },
      'model.dropout',
    ],
    [
      'a prefix inside words',
      'llama2',
      (json) => {
        json.model.continuing_subword_prefix = '##';
      },
      'model.continuing_subword_prefix',
    ],
    [
      'another model',
      'llama2',
      (json) => {
        json.model.type = 'Unigram';
      },
      'model.type',
    ],
    [
      'a merge of three',
      'llama3',
      (json) => {
        json.model.merges[3] = 'a b c';
      },
      'model.merges[3]: expected two tokens',
    ],
    [
      'a merge of what is no token',
      'llama3',
      (json) => {
        json.model.merges[3] = ['zz', 'zz'];
      },
      'model.merges[3]: "zz" is not in the vocabulary',
    ],
    [
      'an id used twice',
      'llama2',
      (json) => {
        json.model.vocab.a = 4;
      },
      'have the same id, 4',
    ],
    [
      'a token with two ids',
      'llama2',
      (json) => {
        json.added_tokens[1].id = 900;
      },
      '"<s>" has two ids, 1 and 900',
    ],
    [
      'an absurd id',
      'llama2',
      (json) => {
        json.added_tokens[1].id = 2 ** 40;
      },
      'added_tokens[1].id',
    ],
    [
      'a template of pairs',
      'llama2',
      (json) => {
        json.post_processor.single.push({ Sequence: { id: 'B' } });
      },
      'post_processor.single',
    ],
    [
      'a template without the text',
      'llama2',
      (json) => {
        json.post_processor.single.pop();
      },
      'expected the text (Sequence A) once, but got it 0 times',
    ],
    [
      'a template of what is no token',
      'llama2',
      (json) => {
        json.post_processor.special_tokens = {};
      },
      '"<s>" is not among special_tokens',
    ],
    [
      'parts without end',
      'qwen',
      (json) => {
        json.normalizer = wide;
      },
      'normalizer: expected at most 64 parts',
    ],
    [
      'parts nested without end',
      'qwen',
      (json) => {
        json.normalizer = deep;
      },
      'expected at most 50 values, one in the other',
    ],
  ])('%s', (_, shape, damage, message) => {
    const json = copyOf(shape);
    damage(json);
    expect(() => fromJson(json, 'mine')).toThrow(TsgptError);
    expect(() => fromJson(json, 'mine')).toThrow(message);
  });
});

it('a damaged one of any shape is refused, or encodes', () => {
  fc.assert(
    fc.property(fc.constantFrom(...SHAPES), damaged, (shape, damage) => {
      const json = copyOf(shape);
      damage(json);
      try {
        const tokenizer = fromJson(json, 'x');
        tokenizer.decode(tokenizer.encode('the cat\n sat 12 é 漢 <s>'));
      } catch (error) {
        expect(error).toBeInstanceOf(TsgptError);
      }
    }),
    { numRuns: 500 },
  );
});

describe('on disk', () => {
  const config = {
    eos_token: { content: '</s>' },
    bos_token: '<s>',
    chat_template: '{{ messages }}',
    name_or_path: 'theirs',
  };
  const ours = fromJson(copyOf('llama2'), 'mine', config);

  it('tokenizer_config.json names the end of a text, and is kept', () => {
    expect(ours.endOfText).toBe(2);
    const files = tokenizerFiles(ours, { longest: 128 });
    expect(JSON.parse(files['tokenizer.json']!)).toEqual(copyOf('llama2'));
    expect(JSON.parse(files['tokenizer_config.json']!)).toMatchObject({
      ...config,
      name_or_path: 'mine',
      model_max_length: 128,
    });
  });

  it.each([false, true])(
    'a mask of its own is known, and stays where it is (in the vocabulary: %s)',
    (isInVocabulary) => {
      const json = copyOf('llama3');
      const id = json.added_tokens.at(-1).id + 1;
      json.added_tokens.push({ ...json.added_tokens[0], id, content: '[MASK]', lstrip: true });
      if (isInVocabulary) json.model.vocab['[MASK]'] = id;
      const masked = fromJson(json, 'masked');
      expect([masked.mask, masked.vocabSize]).toEqual([id, id + 1]);
      expect(masked.toJSON()).toEqual(json);
      expect(JSON.parse(tokenizerFiles(masked, { mask: id })['tokenizer.json']!)).toEqual(json);
    },
  );

  it('it comes back as it was', () => {
    const files = tokenizerFiles(ours);
    const again = readTokenizer(
      { json: files['tokenizer.json']!, config: files['tokenizer_config.json'] },
      'x',
    );
    expect(again.fingerprint).toBe(ours.fingerprint);
    expect([again.name, again.endOfText, again.startOfText]).toEqual(['mine', 2, [1]]);
  });
});

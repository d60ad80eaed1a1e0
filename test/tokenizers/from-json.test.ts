import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TsgptError } from '../../src/base/errors.ts';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { learnCharacters } from '../../src/tokenizers/char.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { learnBpe } from '../../src/tokenizers/learn.ts';
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
        json.normalizer = { type: 'NFC' };
      },
      'normalizer: tsgpt does not normalize text',
    ],
    [
      'another split',
      (json) => {
        json.pre_tokenizer = { type: 'Whitespace' };
      },
      'pre_tokenizer: tsgpt does not know',
    ],
    [
      'a space put before',
      (json) => {
        json.pre_tokenizer = { type: 'ByteLevel', add_prefix_space: true };
      },
      'pre_tokenizer',
    ],
    [
      'an unknown pattern',
      (json) => {
        json.pre_tokenizer.pretokenizers[0].pattern.Regex += '|x';
      },
      'pre_tokenizer',
    ],
    [
      'merges without a split',
      (json) => {
        json.pre_tokenizer = json.pre_tokenizer.pretokenizers[1];
      },
      'not split into words',
    ],
    [
      'tokens put before',
      (json) => {
        json.post_processor = { type: 'TemplateProcessing' };
      },
      'post_processor: tsgpt does not add',
    ],
    [
      'added words',
      (json) => {
        json.added_tokens[0].special = false;
      },
      'added_tokens[0].special: tsgpt knows',
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
      },
      'no token for the byte 122',
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
      'a token out of reach',
      (json) => {
        json.model.vocab.zzz = 300;
      },
      'the token "zzz" (id 300) cannot be reached',
    ],
    [
      'a lost merge',
      (json) => {
        json.model.merges.pop();
      },
      'as merge 6, but got nothing',
    ],
    [
      'one merge too many',
      (json) => {
        json.model.merges.push('z z');
      },
      'expected nothing as merge 7, but got "z z"',
    ],
    [
      'ids in another order',
      (json) => {
        json.model.merges.reverse();
      },
      'not in the order of its merges',
    ],
    [
      'a character tokenizer’s decoder',
      (json) => {
        json.decoder = { type: 'Fuse' };
      },
      'expected the decoder ByteLevel',
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

  it('nothing damaged without saying so, and never crashes', () => {
    const broken = fc.constantFrom<unknown>(
      null,
      0,
      -1,
      1.5,
      255,
      256,
      2 ** 40,
      '',
      'a',
      'Ġt h',
      [],
      {},
      true,
      ['a', 'b'],
    );
    const steps = fc.array(fc.nat(300), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.constantFrom(learned, char),
        steps,
        fc.option(broken, { nil: undefined }),
        (whole, path, value) => {
          const json = JSON.parse(JSON.stringify(whole.toJSON()));
          damage(json, path, value);
          try {
            const tokenizer = fromJson(json, 'x');
            expect(tokenizer.decode(tokenizer.encode(TEXT))).toBe(TEXT);
          } catch (error) {
            expect(error).toBeInstanceOf(TsgptError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Walks down to some place in the value and puts `replacement` there; undefined removes what is there. */
function damage(value: Record<string, unknown>, [step, ...further]: number[], replacement: unknown): void {
  const keys = Object.keys(value);
  const key = keys[step! % keys.length];
  if (key === undefined) return;
  const child = value[key];
  if (further.length > 0 && typeof child === 'object' && child !== null) {
    damage(child as Record<string, unknown>, further, replacement);
  } else if (replacement === undefined) delete value[key];
  else value[key] = replacement;
}

// The matcher of split patterns gives what JavaScript's own engine gives, and takes no longer for hostile patterns.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as patterns from '../../../src/tokenizers/patterns.ts';
import { createMatcher } from '../../../src/tokenizers/pipeline/regex.ts';
import { anyText, WELL_FORMED } from '../texts.ts';

const { GPT2_PATTERN, CL100K_PATTERN, O200K_PATTERN, QWEN2_PATTERN, SMOLLM_PATTERN } = patterns;

function spansOf(regExp: RegExp, text: string) {
  return Array.from(text.matchAll(regExp), ({ 0: word, index }) => [index, index + word.length]);
}

describe.each([
  ['gpt2', GPT2_PATTERN],
  ['cl100k_base', CL100K_PATTERN],
  ['o200k_base', O200K_PATTERN],
  ['qwen2', QWEN2_PATTERN],
  ['smollm', SMOLLM_PATTERN],
])('%s', (_, pattern) => {
  const match = createMatcher(pattern);
  const regExp = patterns.regExpOf(pattern);

  it('matches as V8 does', () => {
    for (const text of WELL_FORMED) expect(match(text)).toEqual(spansOf(regExp, text));
    fc.assert(
      fc.property(anyText, (text) => {
        expect(match(text)).toEqual(spansOf(regExp, text));
      }),
    );
  });
});

describe('patterns of every construct, on texts of few letters', () => {
  const texts = fc.string({
    unit: fc.constantFrom('a', 'b', 'A', ' ', '\n', '1', '-', '漢', '😀'),
    maxLength: 30,
  });

  it.each<[string, RegExp]>([
    ['a*b|a', /a*b|a/gu],
    ['(?:a|ab)(?:b|a)+?', /(?:a|ab)(?:b|a)+?/gu],
    ['(a+)+b|(a|aa)+ ', /(a+)+b|(a|aa)+ /gu],
    ['a{2}|b{1,2}|1{2,}| {0,2}-', /a{2}|b{1,2}|1{2,}| {0,2}-/gu],
    ['(?i:a)b?|[^a-b\\s]+(?!1)', /[aA]b?|[^a-b\p{White_Space}]+(?!1)/gu],
    ['\\p{Han}|\\p{^L}|\\PN', /\p{Script=Han}|\P{L}|\P{N}/gu],
    ['.\\n|\\x61\\u0062|\\x{1F600}+|[\\-\\]a]', /[^\n]\n|ab|😀+|[-\]a]/gu],
    ['(?:a?b?)*?1|(?:a*)*-', /(?:a?b?)*?1|(?:a*)*-/gu],
  ])('%s', (pattern, regExp) => {
    const match = createMatcher(pattern);
    fc.assert(
      fc.property(texts, (text) => {
        expect(match(text)).toEqual(spansOf(regExp, text));
      }),
    );
  });
});

describe('hostile patterns', () => {
  const text = `${'a'.repeat(5000)}c`;

  it.each([
    '(a+)+b',
    '(a|aa)+b',
    '(a|a)*b',
    'a*a*a*a*a*b',
    '(?:a{1,30}){1,100}b',
    '(a*)*b',
    '(?:a?){99}(?:a*a*)*b',
  ])('%s is done in time', (pattern) => {
    expect(createMatcher(pattern)(text)).toEqual([]);
  });

  it.each([
    ['(?:(?:a{99}){99}){99}', 'repeats so much'],
    ['(?:(?:(?:){9999}){9999}){9999}a', 'repeats so much'],
    ['a'.repeat(10_001), 'has 10001 characters'],
    [`${'('.repeat(60)}a${')'.repeat(60)}`, 'groups in more than 50 others'],
    ['x*', 'matches the empty text'],
    ['(?!a)', 'matches the empty text'],
    ['a++', 'does not know "+"'],
    ['a**', 'does not know "*"'],
    ['(?<=a)b', 'does not know "(?<"'],
    ['(?=ab)c', 'does not know "(?="'],
    ['(?i)a', 'does not know "(?i"'],
    ['^a', 'does not know "^"'],
    ['[[:alpha:]]', 'does not know "[:"'],
    ['[a&&b]', 'does not know "&&"'],
    ['[a', 'does not know "["'],
    ['[]a]', 'does not know "[]"'],
    ['[b-a]', 'does not know'],
    ['(a', 'does not know "("'],
    ['a)', 'does not know ")"'],
    ['\\bfoo', 'does not know "\\\\b"'],
    ['\\1', 'does not know "\\\\1"'],
    ['\\p{Nonsense}', 'does not know "\\\\p{Nonsense}"'],
    ['\\x{110000}', 'does not know'],
    ['a{3,2}', 'does not know "{3,2}"'],
    ['\\', 'does not know'],
  ])('%s is refused by name', (pattern, message) => {
    expect(() => createMatcher(pattern)).toThrow(message);
  });

  it('of any kind are matched or refused', () => {
    const pieces = fc.constantFrom(
      'a',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '*',
      '+',
      '?',
      '|',
      '\\',
      '^',
      '-',
      '1',
      ',',
      '(?:',
      '\\p{L}',
      '(?!',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        try {
          createMatcher(parts.join(''))('aa1(b');
        } catch (error) {
          expect(error).toMatchObject({ name: 'TsgptError' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

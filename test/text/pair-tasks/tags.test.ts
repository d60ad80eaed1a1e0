// builtin:tags against a tagger by rules: what stands before a word says what it is, where anything does.
import { describe, expect, it } from 'vitest';
import { keyFor } from '../../../src/base/random.ts';
import { pairTaskNamed } from '../../../src/text/pair-tasks/list.ts';
import { WORD_PATTERNS } from '../../../src/tokenizers/word-pattern.ts';

const { name, write, ceiling } = pairTaskNamed('builtin:tags')!;
const sentences = Array.from({ length: 5000 }, (_, i) => {
  const { source, target } = write(keyFor(9, name, i));
  return { source, words: source.split(' '), tags: target.split(' ') };
});

const set = (words: string) => new Set(words.split(' '));
const LAST_NAMES = set(
  'smith brown young march bath bridge reading york jersey second lincoln washington jackson london houston dallas wellington',
);
const MONTHS = set('january march april may june august october');
const WEEKDAYS = set('monday tuesday friday sunday');
const NOT_NAMED = set('the a we they');
const TO_PERSON =
  /(^| )(met|called|thanked|knew|taught|call|thank|teach|with|wrote to|spoke to|write to|waited for|sorry for|heard from|(friend|teacher|cousin) of)$/;
const TO_PLACE =
  /(^| )((went|go|march) to|came from|(left|leave) for|past|near|in|(mayor|bishop|judge|bridge) of)$/;
/** Before a person or a place, which only a guess can tell. */
const OPEN = 'spoke of';
const TO_DATE = /(^| )(in|on|since|until|before)( the)?$/;
const isYear = (word = '') => /^\d{4}$/.test(word);

/** How many words from here on are a date. */
function dateAt(words: readonly string[], at: number): number {
  const [first = '', second = '', third = '', fourth = ''] = words.slice(at);
  if (isYear(first)) return 1;
  if (WEEKDAYS.has(first)) return second === 'morning' ? 2 : 1;
  if (MONTHS.has(first)) return isYear(second) ? 2 : 1;
  if (second === 'of' && MONTHS.has(third)) return isYear(fourth) ? 4 : 3;
  return 0;
}

function tagged(words: readonly string[]): string[] {
  const tags: string[] = [];
  let clauseBegins = true;
  while (tags.length < words.length) {
    const at = tags.length;
    const before = words.slice(Math.max(0, at - 2), at).join(' ');
    const span = (kind: string, length: number) => {
      for (let i = 0; i < length; i++) tags.push(`${i === 0 ? 'B' : 'I'}${kind}`);
    };
    const date = TO_DATE.test(before) ? dateAt(words, at) : 0;
    if (date > 0) {
      span('DATE', date);
      clauseBegins = words.slice(0, at).every((_, i) => tags[i] === 'O'); // a date that comes first
    } else if (before === OPEN) span('PERSON', 2);
    else if (TO_PLACE.test(before)) span('PLACE', set('new lake mount').has(words[at]!) ? 2 : 1);
    else if (TO_PERSON.test(before) || (clauseBegins && !isPlain(words, at))) {
      span('PERSON', LAST_NAMES.has(words[at + 1]!) ? 2 : 1);
      clauseBegins = false;
    } else {
      tags.push('O');
      clauseBegins =
        words[at] === 'and' ||
        (clauseBegins && TO_DATE.test(words.slice(at === 0 ? 0 : at - 1, at + 1).join(' ')));
    }
  }
  return tags;
}

function isPlain(words: readonly string[], at: number): boolean {
  return NOT_NAMED.has(words[at]!) || TO_DATE.test(words[at]!);
}

describe('builtin:tags', () => {
  it('are told by rules about the words before: a sentence has one tagging, but for those of whom they spoke', () => {
    for (const { words, tags, source } of sentences)
      if (!source.includes(OPEN)) expect(tagged(words), source).toEqual(tags);
  });

  it('are told as often as the ceiling says by a tagger that always guesses alike', () => {
    const right = sentences.filter(({ words, tags }) => tagged(words).join() === tags.join()).length;
    const deviation = Math.sqrt((ceiling * (1 - ceiling)) / sentences.length);
    expect(Math.abs(right / sentences.length - ceiling)).toBeLessThan(4 * deviation);
    const open = sentences.filter(({ source }) => source.includes(OPEN));
    expect(new Set(open.map(({ words, tags }) => tags[words.indexOf('spoke') + 2]))).toEqual(
      new Set(['BPERSON', 'BPLACE']),
    );
  });

  it('are one a word, in the sentence as in the tokens of --tokenizer word', () => {
    for (const { source, words, tags } of sentences) {
      expect(tags.length).toBe(words.length);
      expect(source.match(new RegExp(WORD_PATTERNS.word, 'gu'))).toEqual(words);
      expect(tags.join(' ').match(new RegExp(WORD_PATTERNS.word, 'gu'))).toEqual(tags);
    }
  });

  it('never continue what has not begun: I follows B or I of its own kind', () => {
    for (const { tags } of sentences)
      for (const [i, tag] of tags.entries())
        if (tag.startsWith('I')) expect([`B${tag.slice(1)}`, tag]).toContain(tags[i - 1]);
  });

  it('need the words around: many words have several tags, and a few all of them', () => {
    const tagsOf = new Map<string, Set<string>>();
    for (const { words, tags } of sentences)
      for (const [i, word] of words.entries())
        tagsOf.set(word, (tagsOf.get(word) ?? new Set()).add(tags[i]!));
    const several = [...tagsOf.values()].filter(({ size }) => size > 1).length;
    expect(several).toBeGreaterThan(tagsOf.size / 3);
    expect([...tagsOf.get('may')!].sort()).toEqual(['BDATE', 'BPERSON', 'IDATE', 'O']);
    expect([...tagsOf.get('reading')!].sort()).toEqual(['BPLACE', 'IPERSON', 'O']);
    expect([...tagsOf.get('paris')!].sort()).toEqual(['BPERSON', 'BPLACE', 'IPLACE']);
    expect([...tagsOf.get('second')!].sort()).toEqual(['BDATE', 'IPERSON', 'O']);
  });
});

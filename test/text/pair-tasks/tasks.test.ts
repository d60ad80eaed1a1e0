// Each generated task against a solution that is written another way.
import { describe, expect, it } from 'vitest';
import { keyFor } from '../../../src/base/random.ts';
import { pairTaskNamed } from '../../../src/text/pair-tasks/list.ts';
import { WORDS } from '../../../src/text/pair-tasks/words.ts';
import { tellStory, tellSummarisedStory, writeStory } from '../../../src/text/stories/index.ts';
import { summaries } from '../../../src/text/stories/summaries.ts';
import { derivations } from '../derivations.ts';

function written(name: string, count: number) {
  const { write } = pairTaskNamed(name)!;
  return Array.from({ length: count }, (_, i) => write(keyFor(5, name, i)));
}

const range = (least: number, most: number) => Array.from({ length: most - least + 1 }, (_, i) => least + i);
const lengths = (texts: string[]) => [...new Set(texts.map((text) => text.length))].sort((a, b) => a - b);

describe('builtin:reverse', () => {
  it.each([
    ['builtin:reverse', range(5, 10)],
    ['builtin:reverse-7', range(4, 7)],
    ['builtin:reverse-1', [1]],
  ])('%s has letters of every length that it promises, and says them backwards', (name, wanted) => {
    const pairs = written(name, 1000);
    expect(lengths(pairs.map(({ source }) => source))).toEqual(wanted);
    for (const { source, target } of pairs) {
      expect(source).toMatch(/^[a-z]+$/);
      for (let i = 0; i < source.length; i++) expect(target[source.length - 1 - i]).toBe(source[i]);
    }
  });
});

describe('builtin:dates', () => {
  const pairs = written('builtin:dates', 5000);
  const ORDINALS =
    'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth '
      .concat('fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth')
      .split(' ');

  /** The day, the month and the year, whatever stands between them. */
  function parsed(text: string): string {
    const words = text.toLowerCase().match(/[a-z]+|\d+/g)!;
    const year = words.find((word) => /^\d{4}$/.test(word))!;
    const named = words.map((word) => 'janfebmaraprmayjunjulaugsepoctnovdec'.indexOf(word.slice(0, 3)) / 3);
    const isNumeric = words.every((word) => /^\d+$/.test(word));
    const month = isNumeric ? Number(words[1]) : 1 + named.find((m) => m >= 0 && Number.isInteger(m))!;
    const numbers = words.filter((word) => /^\d{1,2}$/.test(word)).map(Number);
    const tens = words.includes('twenty') ? 20 : words.includes('thirty') ? 30 : 0;
    const ordinal = words.map((word) => ORDINALS.indexOf(word) + 1).find((n) => n > 0)!;
    const day = numbers.at(-1) ?? (ordinal === 21 ? 30 : tens + ordinal);
    return [year, ...[month, day].map((n) => String(n).padStart(2, '0'))].join('-');
  }

  it('are told by a parser that knows none of the forms', () => {
    for (const { source, target } of pairs) expect(parsed(source), source).toBe(target);
  });

  it('have the weekday that they name', () => {
    const withWeekday = pairs.filter(({ source }) => /day|^[A-Z][a-z]{2},/i.test(source));
    expect(withWeekday.length).toBeGreaterThan(500);
    for (const { source, target } of withWeekday) {
      const weekday = new Date(`${target}T12:00:00Z`).toLocaleDateString('en', {
        weekday: 'long',
        timeZone: 'UTC',
      });
      expect(source.toLowerCase(), target).toContain(weekday.toLowerCase().slice(0, 3));
    }
  });

  it('come in at least 15 forms, from 1900 to 2099', () => {
    const shapes = pairs.map(({ source }) =>
      source
        .replace(/\d+/g, '9')
        .replace(/[A-Z]+/g, 'A')
        .replace(/[a-z]+/g, 'a'),
    );
    expect(new Set(shapes).size).toBeGreaterThanOrEqual(15);
    const years = new Set(pairs.map(({ target }) => Number(target.slice(0, 4))));
    expect([Math.min(...years), Math.max(...years)]).toEqual([1900, 2099]);
  });
});

describe('builtin:sums', () => {
  const pairs = written('builtin:sums', 2000);

  it('are right, of numbers with one to three digits and no zero before them', () => {
    for (const { source, target } of pairs) {
      expect(source).toMatch(/^(0|[1-9]\d{0,2})\+(0|[1-9]\d{0,2})$/);
      const [a, b] = source.split('+') as [string, string];
      expect(BigInt(a) + BigInt(b)).toBe(BigInt(target));
    }
    expect(lengths(pairs.map(({ source }) => source))).toEqual([3, 4, 5, 6, 7]);
  });
});

describe('builtin:stretched', () => {
  const pairs = written('builtin:stretched', 2000);

  it('is read by who leaves out the noise and merges what is left', () => {
    for (const { source, target } of pairs) {
      let [text, last] = ['', ''];
      for (const character of source) {
        if ('.~*#'.includes(character)) continue;
        if (character !== last) text += character;
        last = character;
      }
      expect(text).toBe(target);
    }
  });

  it('has no character twice in a row in its target, nor a target longer than its source', () => {
    for (const { source, target } of pairs) {
      expect(target).not.toMatch(/(.)\1/);
      expect(target.length).toBeLessThanOrEqual(source.length);
      expect(source.length).toBeLessThanOrEqual(4 * target.length);
    }
  });

  it('has noise in about a fourth of the copies that may be noisy', () => {
    const noisy = pairs.reduce((sum, { source }) => sum + source.replace(/[^.~*#]/g, '').length, 0);
    const copies = pairs.reduce((sum, { source, target }) => sum + source.length - target.length, 0);
    expect(Math.abs(noisy / copies - 1 / 4)).toBeLessThan(5 * Math.sqrt(((1 / 4) * (3 / 4)) / copies));
  });
});

it('the words that tasks are made of are many and different', () => {
  expect(WORDS.length).toBeGreaterThan(150);
  expect(new Set(WORDS).size).toBe(WORDS.length);
  for (const word of WORDS) expect(word).toMatch(/^[a-z]+$/);
});

it('builtin:repeats says words again and again: more words than kinds', () => {
  for (const { source, target } of written('builtin:repeats', 1000)) {
    expect(target).toBe(source);
    const words = source.split(' ');
    expect(words.length).toBeGreaterThanOrEqual(6);
    expect(words.length).toBeLessThanOrEqual(12);
    expect(new Set(words).size).toBeLessThanOrEqual(3);
  }
});

describe('builtin:summaries', () => {
  it('follow from the story: each story can be told in one way, and has the summary of that way', () => {
    for (const { source, target } of written('builtin:summaries', 40)) {
      let summary = '';
      const found = derivations((choose) => {
        const told = tellSummarisedStory(choose);
        if (told.story === source) summary = told.summary;
        return told.story;
      }, source);
      expect([found.length, summary]).toEqual([1, target]);
    }
  });

  it('make no choice of their own, in a story of any plot', () => {
    let [alone, summarised] = [0, 0];
    for (let i = 0; i < 2000; i++) {
      const random = (i * 0.618) % 1;
      const choose = (count: () => void) => (weights: readonly number[], soFar: string) => {
        count();
        return Math.floor(((random * 997 + soFar.length * 0.377) % 1) * weights.length);
      };
      const story = tellStory(choose(() => alone++));
      expect(tellSummarisedStory(choose(() => summarised++)).story).toBe(story);
    }
    expect(summarised).toBe(alone);
  });

  it('are one sentence, of names and things that the story has', () => {
    const kinds = new Set<string>();
    for (const { source, target } of written('builtin:summaries', 3000)) {
      expect(target).toMatch(/^[A-Z"][^.!?\n]*\.$/);
      for (const [name] of target.slice(1).matchAll(/[A-Z][a-z]+/g)) expect(source).toContain(name);
      kinds.add(kindOf(target));
    }
    expect([...kinds].sort()).toEqual(Object.keys(summaries).sort());
  });

  it('leave the stories as they are', () => {
    const key = keyFor(5, 'builtin:summaries', 7);
    expect(pairTaskNamed('builtin:summaries')!.write(key).source).toBe(writeStory(key).text);
  });

  /** The plot whose sentence this is. */
  function kindOf(summary: string): string {
    const plain = summary.replaceAll(/\ban\b/g, 'a');
    const found = Object.entries(summaries).find(([, template]) => {
      const parts = template.replace(/\{[^}]*\}*/g, '[x]').split(/\[[\w.]+\]/);
      return new RegExp(`^${parts.map((part) => part.replaceAll('.', '\\.')).join('.*')}`).test(plain);
    });
    return found?.[0] ?? summary;
  }
});

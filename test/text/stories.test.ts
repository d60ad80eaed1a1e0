import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyFor } from '../../src/base/random.ts';
import type { Piece } from '../../src/text/source.ts';
import { storySource, tellStory, writeStory } from '../../src/text/stories/index.ts';
import { tell } from '../../src/text/stories/teller.ts';
import { parseGrammar } from '../../src/text/stories/template.ts';
import { words } from '../../src/text/stories/words.ts';
import { derivations } from './derivations.ts';

const story = (seed: number, i: number) => writeStory(keyFor(seed, 'story', i));
const stories = (seed: number, count: number) => Array.from({ length: count }, (_, i) => story(seed, i));
const many = stories(5, 5000);

describe('the bound', () => {
  it('is exact: each story has one derivation, with the nats that writeStory gave', () => {
    for (const { text, nats } of stories(11, 150)) {
      const found = derivations(tellStory, text);
      expect(found.length, text).toBe(1);
      expect(found[0]!.nats).toBeCloseTo(nats, 9);
    }
  });

  it('has a decoder that sees an ambiguity where there is one', () => {
    const grammar = parseGrammar({ story: '{a|a b} {|b} c' });
    const found = derivations((choose) => tell(grammar, 'story', choose), 'A b c');
    expect(found.length).toBe(2);
  });

  it('is a probability: over all derivations of a small grammar it sums to one', () => {
    const grammar = parseGrammar({
      'thing / made': 'ball / of wool | boat / of {wood|bark} | bell / of tin',
      story: 'The <x=thing> {and the <y=thing> |}{was [x.made]|{sank|fell}}.',
    });
    const all = derivations((choose) => tell(grammar, 'story', choose));
    expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
    expect(all.reduce((sum, { nats }) => sum + Math.exp(-nats), 0)).toBeCloseTo(1, 12);
  });

  it('is drawn by its own probabilities: children and animals come as 1/3 to 1/4', () => {
    const children = many.filter(({ text }) => /\b(girl|boy)\b/.test(text.split('\n')[0]!)).length;
    const p = 1 / 3 / (1 / 3 + 1 / 4);
    expect(Math.abs(children - many.length * p)).toBeLessThan(5 * Math.sqrt(many.length * p * (1 - p)));
  });

  it('has the same mean over disjoint seeds', () => {
    const [a, b] = [many, stories(6, 5000)].map((set) => moments(set.map(({ nats }) => nats)));
    const standardError = Math.sqrt((a!.variance + b!.variance) / many.length);
    expect(Math.abs(a!.mean - b!.mean)).toBeLessThan(5 * standardError);
  });
});

function moments(values: number[]): { mean: number; variance: number } {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return { mean, variance: values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1) };
}

describe('the stories', () => {
  it('are a pure function of seed and index', async () => {
    const source = storySource({ count: 12, seed: 3 });
    expect(source.description).toBe('builtin:stories (12 stories, seed 3)');
    expect(storySource({ count: 20_000, seed: 1 }).description).toBe(
      'builtin:stories (20,000 stories, seed 1)',
    );
    for (let reading = 0; reading < 2; reading++) {
      const pieces: Piece[] = [];
      for await (const piece of source.pieces()) pieces.push(piece);
      expect(pieces).toEqual(stories(3, 12).map((one) => ({ ...one, endsDocument: true })));
    }
    expect(story(3, 7).text).not.toBe(story(4, 7).text);
  });

  it('have the checksum of this version, so that a change of the corpus is never an accident', () => {
    const text = stories(1, 100)
      .map((one) => one.text)
      .join('\n');
    expect(createHash('sha256').update(text).digest('hex')).toMatchInlineSnapshot(
      `"16246b9adb7208f8dd7a1c8493da97a79e3eb9a36dd28e857ceaed29af252124"`,
    );
  });

  it('use many words, in stories of the promised length, nearly all different', () => {
    const tokens = many.map(({ text }) => text.toLowerCase().match(/[a-z']+/g)!);
    expect(new Set(tokens.flat()).size).toBeGreaterThan(1300);
    const { mean } = moments(tokens.map((list) => list.length));
    expect(mean).toBeGreaterThan(60);
    expect(mean).toBeLessThan(160);
    expect(new Set(many.map(({ text }) => text)).size).toBe(many.length);
  });

  it('are well formed', () => {
    for (const { text } of many.slice(0, 2000)) {
      expect(text).not.toMatch(/ {2}| [.,!?]|undefined|[<>{}[\]|/¶]|\n{3}/);
      expect(text).not.toMatch(/\b[Aa] [aeiou]|\b[Aa]n (?!hour)[^aeiou]/i);
      expect(text).not.toMatch(/\b(\w+) \1\b/i);
      expect(text).not.toMatch(/[.!?] [a-z]|[,.!?][A-Za-z]/);
      for (const paragraph of text.split('\n\n')) {
        expect(paragraph).toMatch(/^["A-Z][^\n]*[.!?]"?$/);
        const speech = paragraph.split('"').filter((_, i) => i % 2 === 1);
        for (const said of speech) expect(said).toMatch(/^\w.*[.,!?]$/);
        expect((paragraph.match(/"/g) ?? []).length).toBe(2 * speech.length);
      }
    }
  });

  it('call nobody by the wrong pronoun', () => {
    const listed = (...lists: string[]) => new RegExp(`\\b(${lists.join('|').replace(/\s/g, '')})\\b`);
    const { boy, maleAnimal, girl, femaleAnimal } = words;
    const male = listed(boy, maleAnimal, 'Dad|Grandpa|Grandad|Uncle|Mr|Grandfather|Father|Old(?=Owl|Heron)');
    const female = listed(girl, femaleAnimal, 'Mum|Grandma|Granny|Aunt|Auntie|Mrs|Grandmother|Mother');
    const withoutMen = many.filter(({ text }) => !male.test(text) && !/\bOld (Owl|Heron)\b/.test(text));
    const withoutWomen = many.filter(({ text }) => !female.test(text) && !/\bOld Goose\b/.test(text));
    expect(Math.min(withoutMen.length, withoutWomen.length)).toBeGreaterThan(300);
    for (const { text } of withoutMen) expect(text).not.toMatch(/\b(he|him|his|himself)\b/i);
    for (const { text } of withoutWomen) expect(text).not.toMatch(/\b(she|her|hers|herself)\b/i);
  });
});

describe('what a story remembers', () => {
  /** Every story in which the first pattern is found must, later on, hold what `later` makes of its groups. */
  function expectRemembered(first: RegExp, later: (groups: string[]) => string[]): void {
    let count = 0;
    for (const { text } of many) {
      const match = first.exec(text);
      if (match === null) continue;
      count++;
      const rest = text.slice(match.index + match[0].length);
      for (const phrase of later(match.slice(1))) expect(rest).toContain(phrase);
    }
    expect(count).toBeGreaterThan(20);
  }

  it('a lost thing is the thing that is found, colour and all', () => {
    expectRemembered(/(?:lost|find|taken) my ([\w ]+)," said/, ([thing]) => [` the ${thing}`]);
  });

  it('a stolen thing is where the thief hid it', () => {
    expectRemembered(/(?:I saw it|likes to) hide ([^."]+)\./, ([spot]) => [`, ${spot}, `]);
  });

  it('a child who hid is found in the hiding place', () => {
    expectRemembered(/ away and hid ([^.]+)\./, ([spot]) => [` ${spot}`]);
  });

  it('the third thing to buy is the one that is brought after all', () => {
    expectRemembered(/(?:bring|get) me ([\w ]+), ([\w ]+) and ([\w ]+)," said/, ([, , third]) => [third!]);
  });

  it('the way home is the way there, backwards', () => {
    expectRemembered(/ passed ([\w ]+), then (?:went by|walked past) ([\w ]+),/, ([first, second]) => [
      `Before that came ${second}`,
      `there was ${first}`,
    ]);
  });

  it('the promise that was made is the one that is asked about', () => {
    expectRemembered(/"Will you ([\w ]+) while I am/, ([task]) => [`to ${task} again`]);
  });
});

describe('the notation', () => {
  const told = (rules: Record<string, string>, ...choices: number[]) =>
    tell(parseGrammar(rules), 'story', () => choices.shift() ?? 0);

  it('sees to articles, capitals and spaces', () => {
    expect(told({ story: 'a {owl|hen} saw a {|big }apple{| now}. {a|the} {|} end' })).toBe(
      'An owl saw an apple. An end',
    );
  });

  it('says a name where a pronoun would be taken for someone else', () => {
    const rules = {
      girl: 'Ann|Bea',
      boy: 'Cy',
      story: '<a=girl she> met <c=boy he>. [a.he] waved. [a.his] hat fell.',
    };
    expect(told(rules)).toBe('Ann met Cy. She waved. Her hat fell.');
    expect(told({ ...rules, story: '<a=girl she> met <b=girl she>. [a.he] waved. [b.his] hat fell.' })).toBe(
      "Ann met Bea. Ann waved. Bea's hat fell.",
    );
  });

  it('does not draw what is already remembered, and tells what depends on it', () => {
    const rules = {
      'toy / sound': 'drum / boom | bell / ding',
      story: '<x=toy> <y=toy> [x.sound] {?z:z|no z}',
    };
    expect(told(rules)).toBe('Drum bell boom no z');
  });

  it('complains of rules that do not hold together', () => {
    expect(() => parseGrammar({ story: 'a {b' })).toThrow('story rule "story" lacks a }');
    expect(() => parseGrammar({ story: 'a } b' })).toThrow('a } too many');
    expect(() => parseGrammar({ 'a / b': 'x' })).toThrow('row 1 has 1 cells');
    expect(() => parseGrammar({ a: 'x' }, { a: 'y' })).toThrow('two story rules are named "a"');
    expect(() => told({ story: '<nothing>' })).toThrow('no rule "nothing"');
    expect(() => told({ story: '[x]' })).toThrow('recalls "x"');
  });
});

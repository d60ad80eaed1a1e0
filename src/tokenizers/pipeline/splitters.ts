// How a tokenizer.json splits a text into the words within which tokens are merged.
import { z } from 'zod';
import { TsgptError } from '../../base/errors.ts';
import { parsed } from '../json-parts.ts';
import { GPT2_PATTERN, PATTERNS, SMOLLM_PATTERN } from '../patterns.ts';
import { type Part, partsOf, unknownPart } from './parts.ts';
import { finderOf, type Pattern, patternSchema } from './split-pattern.ts';

/** `isFirst`: whether the text is the beginning of all that is encoded. */
export type Split = (text: string, isFirst: boolean) => string[];

export interface Splitter {
  split: Split;
  /** Whether tokens are made of bytes; else they are made of characters. */
  isByteLevel: boolean;
  /** A pattern whose matches are the same words, and which tiktoken knows how to read. */
  pattern: string | undefined;
}

const BEHAVIORS = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
const splitSchema = z.object({
  pattern: patternSchema,
  behavior: z.enum(BEHAVIORS),
  invert: z.boolean().default(false),
});
const digitsSchema = z.object({ individual_digits: z.boolean().default(false) });
const byteLevelSchema = z.object({
  add_prefix_space: z.boolean().nullish(),
  use_regex: z.boolean().default(true),
});
const metaspaceSchema = z.object({
  replacement: z.string().regex(/^\P{Cs}$/su),
  prepend_scheme: z.enum(['always', 'first', 'never']).default('always'),
  split: z.boolean().default(true),
});

interface Step {
  split: Split;
  /** A pattern whose matches are all of its words; '' where it splits nothing. */
  words?: string | undefined;
}

const DIGIT = '\\p{N}';

const KNOWN: Readonly<Record<string, (part: Part) => Step>> = {
  Split: ({ json, where }) => {
    const { pattern, behavior, invert } = parsed(splitSchema, json, where);
    const keepsMatches = behavior === (invert ? 'Removed' : 'Isolated');
    const isKnown = 'Regex' in pattern && PATTERNS.includes(pattern.Regex);
    return {
      split: splitBy(pattern, behavior, invert, where),
      words: isKnown && keepsMatches ? pattern.Regex : undefined,
    };
  },
  Digits: ({ json, where }) => {
    const { individual_digits: isEach } = parsed(digitsSchema, json, where);
    return {
      split: splitBy({ Regex: DIGIT }, isEach ? 'Isolated' : 'Contiguous', false, where),
      words: isEach ? DIGIT : undefined,
    };
  },
  ByteLevel: ({ json, where }) => {
    const { add_prefix_space, use_regex } = parsed(byteLevelSchema, json, where);
    const words = splitBy({ Regex: GPT2_PATTERN }, 'Isolated', false, where);
    return {
      split: (text, isFirst) => {
        const whole = add_prefix_space && !text.startsWith(' ') ? ` ${text}` : text;
        return use_regex ? words(whole, isFirst) : [whole];
      },
      words: add_prefix_space ? undefined : use_regex ? GPT2_PATTERN : '',
    };
  },
  Metaspace: ({ json, where }) => ({ split: metaspace(parsed(metaspaceSchema, json, where), where) }),
};

export function splitterFrom(section: unknown): Splitter {
  const parts = partsOf(section, 'pre_tokenizer', 'pretokenizers');
  const steps = parts.map((part) => {
    if (!Object.hasOwn(KNOWN, part.type)) throw unknownPart(part, KNOWN);
    return KNOWN[part.type]!(part);
  });
  const bytes = parts.findIndex(({ type }) => type === 'ByteLevel');
  if (bytes >= 0 && bytes < parts.length - 1)
    throw new TsgptError(`${parts[bytes + 1]!.where}: expected nothing after ByteLevel`);
  return {
    split: (text, isFirst) =>
      steps.reduce(
        (words, step) => words.flatMap((word, i) => step.split(word, isFirst && i === 0)),
        text === '' ? [] : [text],
      ),
    isByteLevel: bytes >= 0,
    pattern: bytes < 0 ? undefined : patternOf(steps.map(({ words }) => words)),
  };
}

function patternOf(words: readonly (string | undefined)[]): string | undefined {
  if (words.length === 2 && words[0] === DIGIT && words[1] === GPT2_PATTERN) return SMOLLM_PATTERN;
  const [only, ...others] = words.filter((pattern) => pattern !== '');
  return others.length === 0 && only !== DIGIT ? only : undefined;
}

function splitBy(
  pattern: Pattern,
  behavior: (typeof BEHAVIORS)[number],
  invert: boolean,
  where: string,
): Split {
  const find = finderOf(pattern, where);
  return (text) => {
    const words: { start: number; isMatch: boolean }[] = [];
    let from = 0;
    for (const [start, end] of find(text)) {
      if (start > from) words.push({ start: from, isMatch: invert });
      words.push({ start, isMatch: !invert });
      from = end;
    }
    if (from < text.length) words.push({ start: from, isMatch: invert });
    const joins = words.map((_, i) => i > 0 && joinsPrevious(behavior, words, i));
    return words.flatMap(({ start, isMatch }, i) => {
      if (joins[i] || (behavior === 'Removed' && isMatch)) return [];
      let next = i + 1;
      while (joins[next]) next++;
      return [text.slice(start, words[next]?.start)];
    });
  };
}

function joinsPrevious(
  behavior: (typeof BEHAVIORS)[number],
  words: readonly { isMatch: boolean }[],
  i: number,
): boolean {
  const [before, here] = [words[i - 1]!.isMatch, words[i]!.isMatch];
  if (behavior === 'Contiguous') return before === here;
  if (behavior === 'MergedWithPrevious') return here && !before;
  return behavior === 'MergedWithNext' && before && !here;
}

function metaspace(
  { replacement, prepend_scheme, split }: z.infer<typeof metaspaceSchema>,
  where: string,
): Split {
  const words = splitBy({ String: replacement }, 'MergedWithNext', false, where);
  return (text, isFirst) => {
    const written = text.replaceAll(' ', replacement);
    const isMarked = prepend_scheme === 'always' || (prepend_scheme === 'first' && isFirst);
    const whole = isMarked && !written.startsWith(replacement) ? replacement + written : written;
    return split ? words(whole, isFirst) : [whole];
  };
}

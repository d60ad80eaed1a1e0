// What a tokenizer.json looks for in a text: a string, or a regular expression.
import { z } from 'zod';
import { TsgptError } from '../../base/errors.ts';
import { PATTERNS, regExpOf } from '../patterns.ts';
import { createMatcher, type Matcher } from './regex.ts';

export const patternSchema = z.union([
  z.strictObject({ String: z.string().min(1) }),
  z.strictObject({ Regex: z.string().min(1) }),
]);
export type Pattern = z.infer<typeof patternSchema>;

export function finderOf(pattern: Pattern, where: string): Matcher {
  if ('String' in pattern) return (text) => occurrences(text, pattern.String);
  if (PATTERNS.includes(pattern.Regex)) {
    const regExp = regExpOf(pattern.Regex);
    return (text) =>
      Array.from(text.matchAll(regExp), ({ 0: word, index }) => [index, index + word.length] as const);
  }
  try {
    return createMatcher(pattern.Regex);
  } catch (error) {
    if (error instanceof TsgptError)
      throw new TsgptError(`${where}: ${error.message}`, undefined, { cause: error });
    throw error;
  }
}

function occurrences(text: string, wanted: string) {
  const spans: [number, number][] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length))
    spans.push([at, at + wanted.length]);
  return spans;
}

// The characters that may stand at one place of a pattern, as JavaScript writes them.
import type { TsgptError } from '../../base/errors.ts';

/** Tells whether a code point is among those that stand at one place of a pattern. */
export type Test = (codePoint: number) => boolean;

export const LETTER_ESCAPES: Readonly<Record<string, string>> = {
  s: '\\p{White_Space}',
  S: '\\P{White_Space}',
  d: '\\p{Nd}',
  D: '\\P{Nd}',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  f: '\\f',
  v: '\\v',
};

export function literal(character: string): string {
  return `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

/** Scripts are properties there, where JavaScript says Script=. */
export function propertyOf(name: string, isNegated: boolean, refused: () => TsgptError): string {
  const letter = isNegated ? 'P' : 'p';
  for (const source of [`\\${letter}{${name}}`, `\\${letter}{Script=${name}}`]) {
    try {
      new RegExp(source, 'u');
      return source;
    } catch {}
  }
  throw refused();
}

const LATIN = 256;

export function testOf(source: string, folds: boolean, refused: () => TsgptError): Test {
  let regExp: RegExp;
  try {
    regExp = new RegExp(`^${source}$`, folds ? 'iu' : 'u');
  } catch {
    throw refused();
  }
  const has = (codePoint: number) => regExp.test(String.fromCodePoint(codePoint));
  const latin = Array.from({ length: LATIN }, (_, codePoint) => has(codePoint));
  return (codePoint) => (codePoint < LATIN ? latin[codePoint]! : has(codePoint));
}

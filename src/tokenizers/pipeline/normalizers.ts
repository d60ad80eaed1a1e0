// What a tokenizer.json says is done to a text before it is split.
import { z } from 'zod';
import { parsed } from '../json-parts.ts';
import { type Part, partsOf, unknownPart } from './parts.ts';
import { finderOf, patternSchema } from './split-pattern.ts';

export type Normalize = (text: string) => string;

const KNOWN: Readonly<Record<string, (part: Part) => Normalize>> = {
  NFC: () => (text) => text.normalize('NFC'),
  NFD: () => (text) => text.normalize('NFD'),
  NFKC: () => (text) => text.normalize('NFKC'),
  NFKD: () => (text) => text.normalize('NFKD'),
  // Letter by letter, as Rust does: the last sigma of a word is no other letter.
  Lowercase: () => (text) => Array.from(text, (character) => character.toLowerCase()).join(''),
  Prepend: prepend,
  Replace: replace,
};

const prependSchema = z.object({ prepend: z.string() });
const replaceSchema = z.object({ pattern: patternSchema, content: z.string() });

/** Those that do the same to a text wherever it is cut before white space. */
const LOCAL: readonly string[] = ['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase'];

export function isLocal(section: unknown): boolean {
  return partsOf(section, 'normalizer', 'normalizers').every(({ type }) => LOCAL.includes(type));
}

/** Nothing is returned where there is nothing to do. */
export function normalizerFrom(section: unknown): Normalize | undefined {
  const steps = partsOf(section, 'normalizer', 'normalizers').map((part) => {
    if (!Object.hasOwn(KNOWN, part.type)) throw unknownPart(part, KNOWN);
    return KNOWN[part.type]!(part);
  });
  if (steps.length === 0) return undefined;
  return (text) => steps.reduce((done, step) => step(done), text);
}

function prepend({ json, where }: Part): Normalize {
  const { prepend: before } = parsed(prependSchema, json, where);
  return (text) => (text === '' ? '' : before + text);
}

function replace({ json, where }: Part): Normalize {
  const { pattern, content } = parsed(replaceSchema, json, where);
  const find = finderOf(pattern, where);
  return (text) => {
    let replaced = '';
    let from = 0;
    for (const [start, end] of find(text)) {
      replaced += text.slice(from, start) + content;
      from = end;
    }
    return replaced + text.slice(from);
  };
}

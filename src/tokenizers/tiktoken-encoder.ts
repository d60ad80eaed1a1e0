// Encodes text with tiktoken's compiled engine, and in JavaScript what that is not good at. The engine takes 50 ms to load and to
// compile the pattern, so a little text that comes before, such as a prompt, does without, if it is ASCII, of which every
// version of Unicode says the same. Nor is the engine given very long words.
import { createRequire } from 'node:module';
import type { Tiktoken } from 'tiktoken/lite';
import { ANY_STRETCH } from './patterns.ts';
import type { Encoder } from './plain-encoder.ts';

/** So many characters of ASCII are encoded sooner by the plain encoder than tiktoken is made ready. */
const A_LITTLE = 2 ** 16;
const ASCII = /^\p{ASCII}*$/u;

/** See encoder.ts. */
export function createTiktokenEncoder(
  idOf: ReadonlyMap<string, number>,
  pattern: string,
  createPlain: () => Encoder,
): Encoder {
  let plain: Encoder | undefined;
  let engine: Tiktoken | undefined;
  let seen = 0;
  return {
    encode(text) {
      seen += text.length;
      const isLittle = seen <= A_LITTLE && ASCII.test(text);
      if (isLittle || (pattern !== ANY_STRETCH && hasLongWord(text))) {
        plain ??= createPlain();
        return plain.encode(text);
      }
      engine ??= createEngine(idOf, pattern);
      return engine.encode_ordinary(text);
    },
  };
}

function createEngine(idOf: ReadonlyMap<string, number>, pattern: string): Tiktoken {
  const tiktoken: typeof import('tiktoken/lite') = createRequire(import.meta.url)('tiktoken/lite');
  const ranks = Array.from(idOf, ([token, id]) => `${btoa(token)} ${id}`).join('\n');
  return new tiktoken.Tiktoken(ranks, {}, pattern);
}

const STEP = 500;
const STRETCH = new RegExp(
  ['[\\p{L}\\p{M}]', '\\p{N}', '[^\\s\\p{L}\\p{N}]', '\\s'].map((one) => `${one}{${STEP}}`).join('|'),
  'uy',
);

/**
 * Whether some word may be so long that tiktoken, whose time is quadratic in a word's length, takes seconds or fails. A run
 * of 2 · STEP characters of one kind covers a stretch of STEP that begins at a multiple of STEP, so only those are tested.
 */
function hasLongWord(text: string): boolean {
  for (let at = 0; at < text.length; at += STEP) {
    STRETCH.lastIndex = at;
    if (STRETCH.test(text)) return true;
  }
  return false;
}

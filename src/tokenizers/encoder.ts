// Encodes text as the ids of a byte-pair vocabulary with tiktoken's compiled engine. In a browser encoder-web.ts takes this file's
// place ("browser" in package.json).
import { Tiktoken } from 'tiktoken/lite';
import { createEncoder as createOwnEncoder, type Encoder } from './encoder-web.ts';
import { ANY_STRETCH } from './patterns.ts';

export type { Encoder };

/** `idOf`: binary string → id (see bytes.ts). `pattern`: how text is split into words, within which bytes are merged. */
export function createEncoder(idOf: ReadonlyMap<string, number>, pattern: string): Encoder {
  const ranks = Array.from(idOf, ([token, id]) => `${btoa(token)} ${id}`).join('\n');
  const engine = new Tiktoken(ranks, {}, pattern);
  if (pattern === ANY_STRETCH) return { encode: (text) => engine.encode_ordinary(text) };
  let own: Encoder | undefined;
  return {
    encode(text) {
      if (!hasLongWord(text)) return engine.encode_ordinary(text);
      own ??= createOwnEncoder(idOf, pattern);
      return own.encode(text);
    },
  };
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

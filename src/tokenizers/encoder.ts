// Text to the ids of a byte-pair vocabulary: by tiktoken's compiled engine, which takes 50 ms to load and to compile the
// pattern, and before that a little text, such as a prompt, in JavaScript: what is ASCII alone, of which every version of
// Unicode says the same. In a browser plain-encoder.ts takes this file's place ("browser" in package.json).
import { createRequire } from 'node:module';
import type { Tiktoken } from 'tiktoken/lite';
import { createEncoder as createPlainEncoder, type Encoder } from './plain-encoder.ts';

export type { Encoder } from './plain-encoder.ts';

/** In characters. */
const A_LITTLE = 2 ** 16;
const ASCII = /^\p{ASCII}*$/u;

/** `idOf`: binary string → id (see bytes.ts). `pattern`: how text is split into words, within which bytes are merged. */
export function createEncoder(idOf: ReadonlyMap<string, number>, pattern: string): Encoder {
  let plain: Encoder | undefined;
  let engine: Tiktoken | undefined;
  let seen = 0;
  return {
    encode(text) {
      seen += text.length;
      if (seen <= A_LITTLE && ASCII.test(text)) {
        plain ??= createPlainEncoder(idOf, pattern);
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

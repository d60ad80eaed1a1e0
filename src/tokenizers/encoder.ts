// Text to the ids of a byte-pair vocabulary, by tiktoken's compiled engine. In a browser encoder-web.ts takes this file's
// place ("browser" in package.json).
import { Tiktoken } from 'tiktoken/lite';

export interface Encoder {
  encode(text: string): Uint32Array;
}

/** `idOf`: binary string → id (see bytes.ts). `pattern`: how text is split into words, within which bytes are merged. */
export function createEncoder(idOf: ReadonlyMap<string, number>, pattern: string): Encoder {
  const ranks = Array.from(idOf, ([token, id]) => `${btoa(token)} ${id}`).join('\n');
  const engine = new Tiktoken(ranks, {}, pattern);
  return { encode: (text) => engine.encode_ordinary(text) };
}

// Encodes text as the ids of a byte-pair vocabulary: in C++, or where the addon is not built, with tiktoken's compiled engine. In a
// browser plain-encoder.ts takes this file's place ("browser" in package.json).
import { createNativeEncoder } from './native-encoder.ts';
import { createEncoder as createPlainEncoder, type Encoder } from './plain-encoder.ts';
import { createTiktokenEncoder } from './tiktoken-encoder.ts';

export type { Encoder } from './plain-encoder.ts';

/**
 * `idOf`: binary string → id (see bytes.ts). `pattern`: how text is split into words, within which bytes are merged.
 * `createPlain`: makes the same encoder in JavaScript, where plain-encoder.ts would not do.
 */
export function createEncoder(
  idOf: ReadonlyMap<string, number>,
  pattern: string,
  createPlain: () => Encoder = () => createPlainEncoder(idOf, pattern),
): Encoder {
  return createNativeEncoder(idOf, pattern) ?? createTiktokenEncoder(idOf, pattern, createPlain);
}

// Encodes text in C++, where the addon is built and has a scanner for the pattern.
import { nativeFor } from './native.ts';
import type { Encoder } from './plain-encoder.ts';

/** See encoder.ts. The vocabulary is handed over when a text is encoded for the first time. */
export function createNativeEncoder(idOf: ReadonlyMap<string, number>, pattern: string): Encoder | undefined {
  const found = nativeFor(pattern);
  if (found === undefined) return undefined;
  const { native, split } = found;
  const create = () => {
    const lengths = Int32Array.from(idOf.keys(), ({ length }) => length);
    const bytes = Buffer.from([...idOf.keys()].join(''), 'latin1');
    return native.createEncoder(bytes, lengths, Int32Array.from(idOf.values()), split);
  };
  let encoder: ReturnType<typeof create> | undefined;
  return {
    encode(text) {
      encoder ??= create();
      return native.encode(encoder, text);
    },
    encodeAll(texts) {
      encoder ??= create();
      return native.encodeAll(encoder, texts, native.cores());
    },
  };
}

// Small sources and tokenizers whose right answers are plain.
import type { Piece, TextSource } from '../../src/text/source.ts';
import type { Tokenizer } from '../../src/tokenizers/tokenizer.ts';

/** Documents, each given as its pieces. */
export function sourceOf(
  documents: string[][],
  natsOf?: (document: number) => number | undefined,
): TextSource {
  return {
    description: 'test documents',
    async *pieces() {
      for (const [document, pieces] of documents.entries()) {
        for (const [i, text] of pieces.entries()) {
          const piece: Piece = { text, endsDocument: i === pieces.length - 1 };
          const nats = piece.endsDocument ? natsOf?.(document) : undefined;
          yield nats === undefined ? piece : { ...piece, nats };
        }
      }
    },
  };
}

/** A tokenizer whose ids are the code points, so that token files are UTF-16 or UTF-32 text. */
export function codePointTokenizer(vocabSize: number, endOfText?: number): Tokenizer {
  return {
    name: 'code points',
    kind: 'char',
    vocabSize,
    endOfText,
    encode: (text) => Uint32Array.from(text, (character) => character.codePointAt(0)!),
    decode: (ids) => String.fromCodePoint(...Array.from(ids)),
    bytesOf: (id) => Buffer.from(String.fromCodePoint(id)),
    toJSON: () => ({ version: '1.0' }),
    fingerprint: 'f'.repeat(64),
  };
}

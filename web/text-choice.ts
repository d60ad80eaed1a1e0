// The text that a model is to learn from, as a source the library reads.
import {
  csvPieces,
  decodeUtf8,
  jsonlPieces,
  type Piece,
  plainPieces,
  storySource,
  type TextSource,
} from 'tsgpt/web';
import type { TextChoice } from './messages.ts';
import { STORIES } from './sizes.ts';

const CHUNK_BYTES = 2 ** 18;

export function sourceOf(choice: TextChoice): TextSource {
  if (choice.kind === 'stories') return storySource({ count: STORIES, seed: 1 });
  const { name, text } = choice;
  return { description: name, pieces: () => piecesOf(decodeUtf8(chunks(text), name), name) };
}

function piecesOf(text: AsyncIterable<string>, name: string): AsyncIterable<Piece> {
  if (/\.jsonl$/i.test(name)) return jsonlPieces(text, name, 'text');
  if (/\.csv$/i.test(name)) return csvPieces(text, name, 'text');
  return plainPieces(text);
}

async function* chunks(text: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.size; at += CHUNK_BYTES)
    yield new Uint8Array(await text.slice(at, at + CHUNK_BYTES).arrayBuffer());
}

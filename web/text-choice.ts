// Makes a TextSource of the text that a person chose to train on.
import {
  csvPieces,
  decodeUtf8,
  jsonlPieces,
  type Piece,
  plainPieces,
  storySource,
  type TextSource,
} from 'tsgpt/web';
import type { GivenFile, TextChoice } from './messages.ts';
import { STORIES } from './sizes.ts';

const CHUNK_BYTES = 2 ** 18;

/** Once `signal` is aborted, reading fails with its reason. */
export function sourceOf(choice: TextChoice, signal: AbortSignal): TextSource {
  if (choice.kind === 'stories') return storySource({ count: STORIES, seed: 1 });
  const { name, files } = choice;
  return {
    description: name,
    async *pieces() {
      for (const file of files) yield* piecesOf(file, signal);
    },
  };
}

function piecesOf({ path, content }: GivenFile, signal: AbortSignal): AsyncIterable<Piece> {
  const text = decodeUtf8(chunks(content, signal), path);
  if (/\.jsonl$/i.test(path)) return jsonlPieces(text, path, 'text');
  if (/\.csv$/i.test(path)) return csvPieces(text, path, 'text');
  return plainPieces(text);
}

async function* chunks(text: Blob, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.size; at += CHUNK_BYTES) {
    yield new Uint8Array(await text.slice(at, at + CHUNK_BYTES).arrayBuffer());
    signal.throwIfAborted();
  }
}

// Reads plain text as documents: a file is one document, or several separated by <|endoftext|> (as TinyStories is).
// Long documents are cut into pieces at places where cutting cannot change the tokens.

import { END_OF_TEXT, LONGEST_PIECE, type Piece } from './source.ts';

const PIECE_LENGTH = 2 ** 20;

export async function* plainPieces(
  chunks: AsyncIterable<string> | Iterable<string>,
  pieceLength = PIECE_LENGTH,
  longestPiece = LONGEST_PIECE,
): AsyncGenerator<Piece> {
  let rest = '';
  let started = false; // some of the present document has been given already
  let wanted = pieceLength;

  // A separator is complete once `margin` characters follow it, because the line break after it belongs to it.
  function* endedDocuments(margin: number): Generator<Piece> {
    let from = 0;
    for (;;) {
      const at = rest.indexOf(END_OF_TEXT, from);
      if (at < 0 || at + END_OF_TEXT.length + margin > rest.length) break;
      const text = rest.slice(from, at).replace(/\r?\n$/, '');
      if (text !== '' || started) yield { text, endsDocument: true };
      started = false;
      from = at + END_OF_TEXT.length;
      if (rest.startsWith('\r\n', from)) from += 2;
      else if (rest[from] === '\n') from += 1;
    }
    rest = rest.slice(from);
  }

  for await (const chunk of chunks) {
    rest += chunk;
    if (rest.length < wanted) continue;
    yield* endedDocuments(2);
    wanted = pieceLength;
    if (rest.length < pieceLength) continue;
    const cut = lastSafeCut(rest) ?? (rest.length > longestPiece ? forcedCut(rest) : undefined);
    if (cut === undefined) {
      wanted = 2 * rest.length; // doubling, so that the search stays linear in the text
    } else {
      yield { text: rest.slice(0, cut), endsDocument: false };
      started = true;
      rest = rest.slice(cut);
    }
  }
  yield* endedDocuments(0);
  if (rest !== '' || started) yield { text: rest, endsDocument: true };
}

/**
 * The last place where GPT-2, cl100k_base and o200k_base all begin a new word, whatever stands around it:
 * before a single space between non-spaces, or after a single line break and before a letter.
 */
function lastSafeCut(text: string): number | undefined {
  for (let at = text.length - 2; at > 0; at--) {
    const code = text.charCodeAt(at);
    if (code === 32 && /^\S \S/.test(text.slice(at - 1, at + 2))) return at;
    if (code === 10 && /^\S\n\p{L}/u.test(text.slice(at - 1, at + 3))) return at + 1;
  }
  return undefined;
}

/** A place near the end that divides no character, no CRLF, and nothing that may be a separator. */
function forcedCut(text: string): number {
  const cut = text.length - END_OF_TEXT.length - 2;
  const divides = /[\ud800-\udbff][\udc00-\udfff]|\r\n/.test(text.slice(cut - 1, cut + 1));
  return divides ? cut - 1 : cut;
}

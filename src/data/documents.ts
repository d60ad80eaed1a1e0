// Numbers the documents of a text source, and counts its text.
import { TsgptError } from '../base/errors.ts';
import type { Piece, TextSource } from '../text/source.ts';
import { utf8Length } from '../text/utf8.ts';
import { codePointsIn } from './split.ts';

/** The pieces with their documents' numbers; documents without text are left out. */
export async function* documentPieces(source: TextSource): AsyncGenerator<Piece & { document: number }> {
  let document = 0;
  let hasText = false;
  for await (const piece of source.pieces()) {
    hasText ||= piece.text !== '';
    if (!hasText) continue;
    yield { ...piece, document };
    if (!piece.endsDocument) continue;
    document++;
    hasText = false;
  }
  if (hasText) throw new Error('internal: the text ended within a document');
}

export interface TextTotals {
  documents: number;
  codePoints: number;
  bytes: number;
}

/** `onPiece` is told of each piece, and of the bytes so far. */
export async function countText(
  source: TextSource,
  onPiece: (bytes: number, piece: Piece) => void,
): Promise<TextTotals> {
  const totals: TextTotals = { documents: 0, codePoints: 0, bytes: 0 };
  for await (const piece of documentPieces(source)) {
    const { text, endsDocument } = piece;
    totals.codePoints += codePointsIn(text);
    totals.bytes += utf8Length(text);
    if (endsDocument) totals.documents++;
    onPiece(totals.bytes, piece);
  }
  if (totals.documents === 0) throw new TsgptError(`there is no text in ${source.description}`);
  return totals;
}

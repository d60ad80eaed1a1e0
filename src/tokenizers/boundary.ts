// Cuts a stream of text where no token can span, so that encoding it piece by piece gives the ids of the whole.
import type { Piece } from '../text/source.ts';

const LETTER = /\p{L}/u;
/** Under every pattern in patterns.ts, a word ends between a letter and one of these. */
const ENDS_WORD = /[^\p{L}\p{M}\p{Cs}']/u;

/** The same text in other pieces: each but a document's last ends just after a word. */
export async function* cutBetweenWords<P extends Piece>(pieces: AsyncIterable<P>): AsyncGenerator<P> {
  let rest = '';
  for await (const piece of pieces) {
    const text = rest + piece.text;
    const cut = piece.endsDocument ? text.length : lastWordEnd(text, rest.length);
    if (cut > 0 || piece.endsDocument) yield { ...piece, text: text.slice(0, cut) };
    rest = text.slice(cut);
  }
  if (rest !== '') throw new Error('internal: the text ended within a document');
}

/** The last place to cut at or after `from`; 0 if there is none. */
function lastWordEnd(text: string, from: number): number {
  for (let i = text.length - 1; i >= Math.max(from, 1); i--) {
    if (LETTER.test(text[i - 1]!) && ENDS_WORD.test(text[i]!)) return i;
  }
  return 0;
}

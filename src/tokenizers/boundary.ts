// Cuts a stream of text where no token can span, so that encoding it piece by piece gives the ids of the whole.
import { TsgptError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { END_OF_TEXT, LONGEST_PIECE, type Piece } from '../text/source.ts';
import type { Tokenizer } from './tokenizer.ts';
import type { WordSplit } from './word-pattern.ts';

/** Merging so many characters takes some GB of memory. */
const LONGEST_WHOLE = 2 ** 26;

/**
 * Between what characters a word ends: under every pattern in patterns.ts and in BERT's way to split, or where
 * white space alone ends it.
 */
const ENDS: Readonly<Record<WordSplit, readonly [before: RegExp, after: RegExp]>> = {
  word: [/\p{L}/u, /(?!')[\p{Z}\p{P}\t\n\r]/u],
  whitespace: [/\P{White_Space}/u, /\p{White_Space}/u],
};

/**
 * Gives the same text in other pieces. Each piece but a document's last ends just after a word, unless it would be longer
 * than `longest`.
 */
export async function* cutBetweenWords<P extends Piece>(
  pieces: AsyncIterable<P>,
  { split = 'word', longest = LONGEST_PIECE }: { split?: WordSplit | undefined; longest?: number } = {},
): AsyncGenerator<P> {
  let rest = '';
  for await (const piece of pieces) {
    let text = rest + piece.text;
    let from = rest.length; // no word ends before
    while (text.length > longest) {
      const cut = lastWordEnd(text.slice(0, longest), from, split) || lastCharacterEnd(text, longest);
      yield { ...piece, text: text.slice(0, cut), endsDocument: false };
      text = text.slice(cut);
      from = 0;
    }
    const cut = piece.endsDocument ? text.length : lastWordEnd(text, from, split);
    if (cut > 0 || piece.endsDocument) yield { ...piece, text: text.slice(0, cut) };
    rest = text.slice(cut);
  }
  if (rest !== '') throw new Error('internal: the text ended within a document');
}

/** The same text in pieces that are encoded apart: whole documents, for a tokenizer whose tokens may span words. */
export function piecesToEncode<P extends Piece>(
  pieces: AsyncIterable<P>,
  tokenizer: Pick<Tokenizer, 'needsWholeTexts' | 'split'>,
): AsyncGenerator<P> {
  return tokenizer.needsWholeTexts ? wholeDocuments(pieces) : cutBetweenWords(pieces, tokenizer);
}

async function* wholeDocuments<P extends Piece>(pieces: AsyncIterable<P>): AsyncGenerator<P> {
  let text = '';
  for await (const piece of pieces) {
    text += piece.text;
    if (text.length > LONGEST_WHOLE)
      throw new TsgptError(
        `expected documents of at most ${formatCount(LONGEST_WHOLE)} characters, as the tokenizer encodes each in one piece`,
        `write ${END_OF_TEXT} where one ends`,
      );
    if (!piece.endsDocument) continue;
    yield { ...piece, text };
    text = '';
  }
}

/** The last index at or after `from` where a word ends; 0 if there is none. */
function lastWordEnd(text: string, from: number, split: WordSplit): number {
  const [before, after] = ENDS[split];
  for (let i = text.length - 1; i >= Math.max(from, 1); i--) {
    if (before.test(text[i - 1]!) && after.test(text[i]!)) return i;
  }
  return 0;
}

/** The end of the last whole character within the first `most` code units. */
function lastCharacterEnd(text: string, most: number): number {
  return text.codePointAt(most - 1)! > 0xffff ? most - 1 : most;
}

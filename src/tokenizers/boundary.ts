// Cuts a stream of text where no token can span, so that encoding it piece by piece gives the ids of the whole.
import { TsgptError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { END_OF_TEXT, LONGEST_PIECE, type Piece } from '../text/source.ts';
import type { Cuts, Tokenizer } from './tokenizer.ts';
import type { WordSplit } from './word-pattern.ts';

/** Merging so many characters takes some GB of memory. */
const LONGEST_WHOLE = 2 ** 26;

/** Whether a text may be cut between two characters. */
type IsEnd = (before: string, after: string) => boolean;

const endOf =
  (before: RegExp, after: RegExp): IsEnd =>
  (left, right) =>
    before.test(left) && after.test(right);

/**
 * Between what characters a word ends: under every pattern in patterns.ts and in BERT's way to split, or where
 * white space alone ends it.
 */
const ENDS: Readonly<Record<WordSplit, IsEnd>> = {
  word: endOf(/\p{L}/u, /(?!')[\p{Z}\p{P}\t\n\r]/u),
  whitespace: endOf(/\P{White_Space}/u, /\p{White_Space}/u),
};

const isBeforeSpace = endOf(/\p{L}/u, /[\p{Z}\t\n\r]/u);
/** Where there may be added tokens, and where text is normalized, which makes of some letters another and a mark. */
const CUTS: Readonly<Record<Cuts, IsEnd | undefined>> = {
  'before-space': (before, after) => isBeforeSpace(before, after) && /\p{L}$/u.test(before.normalize('NFKD')),
  nowhere: undefined,
};

const WHOLE: Readonly<Record<Cuts, string>> = {
  'before-space': `white space after a letter among any ${formatCount(LONGEST_WHOLE)} characters of a document, as the tokenizer lets it be cut there alone`,
  nowhere: `documents of at most ${formatCount(LONGEST_WHOLE)} characters, as the tokenizer encodes each in one piece`,
};

/**
 * Gives the same text in other pieces. Each piece but a document's last ends just after a word, unless it would be longer
 * than `longest`.
 */
export function cutBetweenWords<P extends Piece>(
  pieces: AsyncIterable<P>,
  { split = 'word', longest = LONGEST_PIECE }: { split?: WordSplit | undefined; longest?: number } = {},
): AsyncGenerator<P> {
  return cutAtEnds(pieces, ENDS[split], longest, lastCharacterEnd);
}

/** The same text in pieces that are encoded apart. */
export function piecesToEncode<P extends Piece>(
  pieces: AsyncIterable<P>,
  { cuts, split }: Pick<Tokenizer, 'cuts' | 'split'>,
): AsyncGenerator<P> {
  if (cuts === undefined) return cutBetweenWords(pieces, { split });
  return cutAtEnds(pieces, CUTS[cuts], LONGEST_WHOLE, () => {
    throw new TsgptError(`expected ${WHOLE[cuts]}`, `write ${END_OF_TEXT} where one ends`);
  });
}

/** `cutLong` says where to cut what is longer than `longest` and has no end. */
async function* cutAtEnds<P extends Piece>(
  pieces: AsyncIterable<P>,
  isEnd: IsEnd | undefined,
  longest: number,
  cutLong: (text: string, longest: number) => number,
): AsyncGenerator<P> {
  let rest = '';
  for await (const piece of pieces) {
    let text = rest + piece.text;
    let from = rest.length; // no word ends before
    while (text.length > longest) {
      const cut = lastEnd(text.slice(0, longest), from, isEnd) || cutLong(text, longest);
      yield { ...piece, text: text.slice(0, cut), endsDocument: false };
      text = text.slice(cut);
      from = 0;
    }
    const cut = piece.endsDocument ? text.length : lastEnd(text, from, isEnd);
    if (cut > 0 || piece.endsDocument) yield { ...piece, text: text.slice(0, cut) };
    rest = text.slice(cut);
  }
  if (rest !== '') throw new Error('internal: the text ended within a document');
}

/** The last index at or after `from` where a piece may end; 0 if there is none. */
function lastEnd(text: string, from: number, isEnd: IsEnd | undefined): number {
  if (isEnd === undefined) return 0;
  for (let i = text.length - 1; i >= Math.max(from, 1); i--) if (isEnd(text[i - 1]!, text[i]!)) return i;
  return 0;
}

/** The end of the last whole character within the first `most` code units. */
function lastCharacterEnd(text: string, most: number): number {
  return text.codePointAt(most - 1)! > 0xffff ? most - 1 : most;
}

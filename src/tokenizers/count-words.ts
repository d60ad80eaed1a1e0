// Counts how often each word occurs in a text.
import { TsgptError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import type { TextSource } from '../text/source.ts';
import { cutBetweenWords } from './boundary.ts';
import { ANY_STRETCH, regExpOf } from './patterns.ts';

/** The most characters that all different words have together: they must fit into memory. Gigabytes of English have a tenth. */
const MOST_CHARACTERS = 2 ** 26;
/** A longer word is counted in parts: if a text were one word, each merge would take time in proportion to the whole text. */
const LONGEST_WORD = 1000;
const PARTS = new RegExp(ANY_STRETCH, 'gu'); // each matches LONGEST_WORD characters at most

export async function countWords(
  source: TextSource,
  pattern: string,
  onCharacters: (read: number) => void,
  most = MOST_CHARACTERS,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let read = 0;
  let kept = 0;

  function add(word: string): void {
    const count = counts.get(word);
    counts.set(count === undefined ? copyOf(word) : word, (count ?? 0) + 1);
    if (count !== undefined) return;
    kept += word.length;
    if (kept > most) throw tooManyWords(source, counts.size);
  }

  for await (const { text } of cutBetweenWords(source.pieces())) {
    const words = regExpOf(pattern);
    let start = 0;
    while (words.test(text)) {
      const word = text.slice(start, words.lastIndex);
      if (word.length <= LONGEST_WORD) add(word);
      else word.match(PARTS)!.forEach(add);
      start = words.lastIndex;
    }
    read += text.length;
    onCharacters(read);
  }
  return counts;
}

export function tooManyWords(source: TextSource, words: number): TsgptError {
  return new TsgptError(
    `expected a text to learn from whose different words fit into memory, but ${source.description} has more than ${formatCount(words)} of them`,
    'learn from a part (tsgpt tokenizer train <part> --vocab-size N --out tokenizer/mine), then prepare with --tokenizer tokenizer/mine',
  );
}

/** A slice keeps all the text it was cut from in memory; a copy does not. */
function copyOf(word: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(word));
}

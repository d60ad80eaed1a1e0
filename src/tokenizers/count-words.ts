// How often each word (GPT-2's split) occurs in a text.
import type { TextSource } from '../text/source.ts';
import { cutBetweenWords } from './boundary.ts';
import { GPT2_PATTERN, regExpOf } from './patterns.ts';

export async function countWords(
  source: TextSource,
  onCharacters: (read: number) => void,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  let read = 0;
  for await (const { text } of cutBetweenWords(source.pieces())) {
    addWords(text, counts);
    read += text.length;
    onCharacters(read);
  }
  return counts;
}

function addWords(text: string, counts: Map<string, number>): void {
  const pattern = regExpOf(GPT2_PATTERN);
  let start = 0;
  while (pattern.test(text)) {
    const word = text.slice(start, pattern.lastIndex);
    const count = counts.get(word);
    counts.set(count === undefined ? copyOf(word) : word, (count ?? 0) + 1);
    start = pattern.lastIndex;
  }
}

/** A slice keeps all the text it was cut from in memory; a copy does not. */
function copyOf(word: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(word));
}

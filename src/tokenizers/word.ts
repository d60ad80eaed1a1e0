// One token per word, number, punctuation mark or line break, as the classic papers count, or for all that stands between white
// space. Spaces are not kept, and a word that is not in the vocabulary becomes the unknown token: what is decoded is a text to
// read, not the one that was encoded.
import { TsgptError, unexpected } from '../base/errors.ts';
import { formatCount, formatShare } from '../base/format.ts';
import type { TextSource } from '../text/source.ts';
import { cutBetweenWords } from './boundary.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { LearnProgress } from './learn.ts';
import { regExpOf } from './patterns.ts';
import { wordJson } from './to-json.ts';
import { END_OF_TEXT, type Tokenizer, type TokenizerJson } from './tokenizer.ts';
import { wellFormed } from './well-formed.ts';
import { UNKNOWN, WORD_PATTERNS, type WordSplit } from './word-pattern.ts';

/** Marks that stand close to the word before them. */
const CLOSE = /^[\n.,;:!?…)\]}»”’%]$/u;

/** How a text becomes words. */
export interface Splitting {
  lowercase: boolean;
  split: WordSplit;
}

export class WordTokenizer implements Tokenizer {
  readonly name: string;
  readonly kind = 'word';
  readonly vocabSize: number;
  readonly endOfText: number;
  readonly lowercase: boolean;
  readonly split: WordSplit;
  readonly #words: readonly string[];
  readonly #idOf: ReadonlyMap<string, number>;
  #fingerprint: string | undefined;

  /** The ids are the indices in `words`; then come the unknown token and the end-of-text token. */
  constructor(name: string, words: readonly string[], { lowercase, split }: Splitting) {
    this.name = name;
    this.lowercase = lowercase;
    this.split = split;
    this.#words = words;
    this.#idOf = new Map(words.map((word, id) => [word, id]));
    this.endOfText = words.length + 1;
    this.vocabSize = words.length + 2;
  }

  encode(text: string): Uint32Array {
    return Uint32Array.from(wordsOf(text, this), (word) => this.#idOf.get(word) ?? this.#words.length);
  }

  decode(ids: ArrayLike<number>): string {
    const text = Array.from(ids, (id) => this.#spaced(id)).join('');
    return text.replace(/^ |(?<=\n) /g, '');
  }

  /** With the space before it. */
  bytesOf(id: number): Uint8Array {
    return new TextEncoder().encode(this.#spaced(id));
  }

  toJSON(): TokenizerJson {
    return wordJson(this.#words, this);
  }

  get fingerprint(): string {
    this.#fingerprint ??= fingerprintOf(this.toJSON());
    return this.#fingerprint;
  }

  #spaced(id: number): string {
    if (id === this.endOfText) return END_OF_TEXT;
    const text = id === this.#words.length ? UNKNOWN : this.#words[id];
    if (text === undefined)
      throw unexpected(`a token id of ${this.name}`, `a whole number below ${this.vocabSize}`, id);
    return this.split === 'word' && CLOSE.test(text) ? text : ` ${text}`;
  }
}

export interface WordOptions {
  /** Tokens in all, the unknown and the end-of-text token among them: the most frequent words are kept. */
  vocabSize: number;
  lowercase?: boolean | undefined;
  split?: WordSplit | undefined;
  /** Words that occur less often are not kept. */
  minCount?: number | undefined;
}

/** Words that occur equally often are kept in the order of their code units. */
export async function learnWords(
  source: TextSource,
  { vocabSize, lowercase = false, split = 'word', minCount = 1 }: WordOptions,
  onProgress: (progress: LearnProgress) => void = () => {},
): Promise<WordTokenizer> {
  if (!(Number.isInteger(vocabSize) && vocabSize >= 3))
    throw unexpected(
      'vocab-size',
      `a whole number of 3 or more (a word, ${UNKNOWN}, ${END_OF_TEXT})`,
      vocabSize,
    );
  if (!(Number.isInteger(minCount) && minCount >= 1))
    throw unexpected('min-count', 'a whole number of 1 or more', minCount);
  const counts = new Map<string, number>();
  let all = 0;
  for await (const { text } of cutBetweenWords(source.pieces(), { split })) {
    for (const word of wordsOf(text, { lowercase, split })) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      all++;
    }
    onProgress({ phase: 'count', text: `counting words: ${formatCount(all)}` });
  }
  if (all === 0) throw new TsgptError(`there is no text in ${source.description} to learn from`);
  const kept = [...counts]
    .filter(([word, count]) => count >= minCount && word !== UNKNOWN && word !== END_OF_TEXT)
    .sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1))
    .slice(0, vocabSize - 2);
  const known = kept.reduce((sum, [, count]) => sum + count, 0);
  onProgress({
    phase: 'short',
    text: `${formatCount(kept.length)} of ${formatCount(counts.size)} different words are kept; ${formatShare(1 - known / all)} of the text becomes ${UNKNOWN}`,
  });
  return new WordTokenizer(
    split,
    kept.map(([word]) => word),
    { lowercase, split },
  );
}

/** Letter by letter, so that a text may be cut anywhere between words. */
function wordsOf(text: string, { lowercase, split }: Splitting): string[] {
  const whole = wellFormed(text);
  const folded = lowercase ? Array.from(whole, (character) => character.toLowerCase()).join('') : whole;
  return folded.match(regExpOf(WORD_PATTERNS[split])) ?? [];
}

// WordPiece, the tokenizer of BERT: each word is the longest piece that the vocabulary has, then again of what is left of it. Case,
// accents and spaces may not be kept: what is decoded is a text to read. It is read from elsewhere, and never learned here.
import { unexpected } from '../base/errors.ts';
import { bertWords } from './bert-words.ts';
import { fingerprintOf } from './fingerprint.ts';
import { MASK, type Tokenizer, type TokenizerJson } from './tokenizer.ts';
import {
  AFTER,
  BEFORE,
  CONTINUES,
  UNKNOWN_WORD,
  type WordPieceOptions,
  wordPieceJson,
} from './word-piece-json.ts';

/** Tokens before which no space is written. */
const CLOSE = /^(?:[.?!,]|n't|'m|'s|'ve|'re)/;

export class WordPieceTokenizer implements Tokenizer {
  readonly name: string;
  readonly kind = 'wordpiece';
  readonly vocabSize: number;
  readonly endOfText: number | undefined;
  readonly mask?: number;
  readonly frame?: { readonly before: number; readonly after: number };
  readonly #tokens: readonly string[];
  readonly #idOf: ReadonlyMap<string, number>;
  readonly #longest: number;
  readonly #unknown: number;
  readonly #options: WordPieceOptions;
  #fingerprint: string | undefined;

  /** The ids are the indices in `tokens`, among which is [UNK], and, where texts are framed, [CLS] and [SEP]. */
  constructor(name: string, tokens: readonly string[], options: WordPieceOptions) {
    this.name = name;
    this.vocabSize = tokens.length;
    this.#tokens = tokens;
    this.#idOf = new Map(tokens.map((token, id) => [token, id]));
    this.#longest = tokens.reduce((longest, { length }) => Math.max(longest, length), 0);
    this.#options = options;
    this.#unknown = this.#idOf.get(UNKNOWN_WORD)!;
    this.endOfText = this.#idOf.get(AFTER);
    const mask = this.#idOf.get(MASK);
    if (mask !== undefined) this.mask = mask;
    if (options.framed) this.frame = { before: this.#idOf.get(BEFORE)!, after: this.endOfText! };
  }

  encode(text: string): Uint32Array {
    return Uint32Array.from(bertWords(text, this.#options).flatMap((word) => this.#piecesOf(word)));
  }

  decode(ids: ArrayLike<number>): string {
    return Array.from(ids, (id, i) => (i === 0 ? this.#token(id) : this.#spaced(id))).join('');
  }

  /** With the space before it, where it begins a word. */
  bytesOf(id: number): Uint8Array {
    return new TextEncoder().encode(this.#spaced(id));
  }

  toJSON(): TokenizerJson {
    return wordPieceJson(this.#tokens, this.#options);
  }

  get fingerprint(): string {
    this.#fingerprint ??= fingerprintOf(this.toJSON());
    return this.#fingerprint;
  }

  /** A word of which any part is unknown is so as a whole. */
  #piecesOf(word: string): number[] {
    if (Array.from(word).length > this.#options.max_input_chars_per_word) return [this.#unknown];
    const pieces: number[] = [];
    let start = 0;
    while (start < word.length) {
      const prefix = start === 0 ? '' : CONTINUES;
      let end = Math.min(word.length, start + this.#longest);
      while (end > start && !this.#idOf.has(prefix + word.slice(start, end))) end--;
      if (end === start) return [this.#unknown];
      pieces.push(this.#idOf.get(prefix + word.slice(start, end))!);
      start = end;
    }
    return pieces;
  }

  #spaced(id: number): string {
    const token = this.#token(id);
    if (token.startsWith(CONTINUES)) return token.slice(CONTINUES.length);
    return this.#options.cleanup && CLOSE.test(token) ? token : ` ${token}`;
  }

  #token(id: number): string {
    const token = this.#tokens[id];
    if (token === undefined)
      throw unexpected(`a token id of ${this.name}`, `a whole number below ${this.vocabSize}`, id);
    return token;
  }
}

// The interface of a tokenizer, which is all that the rest of the program knows of it.

import type { WordSplit } from './word-pattern.ts';

export { END_OF_TEXT } from '../text/source.ts';

/** How a text is written in which a token is not shown. */
export const MASK = '[MASK]';

/**
 * From text to token ids and back.
 */
export interface Tokenizer {
  /** The name that the user gives it: char, byte, gpt2, cl100k_base, … or the name of a learned one. */
  readonly name: string;
  /** Words and word pieces do not keep all of a text; the others do. */
  readonly kind: 'char' | 'byte' | 'bpe' | 'word' | 'wordpiece';
  /** Where its words end, if it is of words: at white space alone, or as the papers have it. */
  readonly split?: WordSplit;
  readonly vocabSize: number;
  /** The id that ends a document, where there is one. */
  readonly endOfText: number | undefined;
  /** The ids that every text begins with, where the model that the tokenizer belongs to expects any. */
  readonly startOfText?: readonly number[];
  /** The id of [MASK], where the tokenizer.json has one; it need not be one of `vocabSize`. */
  readonly mask?: number;
  /** The ids between which models read a whole text: BERT's [CLS] and [SEP]. */
  readonly frame?: { readonly before: number; readonly after: number };
  /** Special tokens that are written out in the text are encoded as ordinary text. */
  encode(text: string): Uint32Array;
  /** Encodes many texts on several threads, where this is faster. */
  encodeAll?(texts: readonly string[]): Promise<Uint32Array[]>;
  /**
   * As Hugging Face encodes by default: special tokens that are written out stand for themselves, and those that belong around
   * every text are added unless `around` is false. Our own tokenizers have it not: they take special tokens that are written out
   * for text alone.
   */
  encodeWithSpecials?(text: string, around?: boolean): Uint32Array;
  /** Where a document may be cut into pieces that are encoded apart, if not between any of its words. */
  readonly cuts?: Cuts | undefined;
  decode(ids: ArrayLike<number>): string;
  /** The bytes of one token, so that a stream of tokens can be shown without printing half a character. */
  bytesOf(id: number): Uint8Array;
  /** The Hugging Face `tokenizer.json`: the one form on disk. */
  toJSON(): TokenizerJson;
  /** The tokenizer_config.json that belongs to a tokenizer.json from elsewhere. */
  readonly config?: TokenizerConfig | undefined;
  /** A program in Jinja that writes a conversation as one text, for models that were trained on such texts. */
  readonly chatTemplate?: string;
  /** Of a model of pairs: what its sources are encoded with, where that is not this one. */
  readonly source?: Tokenizer;
  /** SHA-256 of `toJSON()` written canonically: tells whether two data sets share a tokenizer. */
  readonly fingerprint: string;
}

/** Before white space that follows a letter; or nowhere, where tokens may span it. */
export type Cuts = 'before-space' | 'nowhere';

/** A parsed `tokenizer_config.json`. */
export type TokenizerConfig = Readonly<Record<string, unknown>>;

/** A parsed `tokenizer.json`; read and checked by `fromJson`. */
export type TokenizerJson = Readonly<Record<string, unknown>>;

/** Whether a text can be had back from its tokens. */
export function keepsText({ kind }: Pick<Tokenizer, 'kind'>): boolean {
  return kind !== 'word' && kind !== 'wordpiece';
}

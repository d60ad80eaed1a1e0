// Encodes the text of one split, and counts its tokens, bytes and documents.
import { utf8Length } from '../text/utf8.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { SplitMeta } from './meta.ts';
import type { TokenSink } from './tokens.ts';

export type SplitCounts = Omit<SplitMeta, 'sha256' | 'shards'>;

export class SplitWriter {
  readonly #tokenizer: Tokenizer;
  readonly #endOfText: readonly number[];
  readonly #sink: TokenSink;
  #inDocument = false;
  #bytes = 0;
  #documents = 0;
  #nats: number | undefined = 0;

  /** `endOfText`, if given, is written after each document. */
  constructor(sink: TokenSink, tokenizer: Tokenizer, endOfText: number | undefined) {
    this.#tokenizer = tokenizer;
    this.#endOfText = endOfText === undefined ? [] : [endOfText];
    this.#sink = sink;
  }

  /** `ids` are the text's, which must be one that can be encoded apart from what comes before and after. */
  add(text: string, ids: ArrayLike<number>): void {
    if (text === '') return;
    if (!this.#inDocument) this.#sink.append(this.#tokenizer.startOfText ?? []);
    this.#inDocument = true;
    this.#sink.append(ids);
    this.#bytes += utf8Length(text);
  }

  /** Has no effect if the document had no text in this split. */
  endDocument(nats: number | undefined): void {
    if (!this.#inDocument) return;
    this.#inDocument = false;
    this.#sink.append(this.#endOfText);
    this.#documents++;
    this.#nats = this.#nats === undefined || nats === undefined ? undefined : this.#nats + nats;
  }

  get counts(): SplitCounts {
    const { tokens } = this.#sink;
    return { tokens, bytes: this.#bytes, documents: this.#documents, nats: this.#nats };
  }
}

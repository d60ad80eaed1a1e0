// Encodes the text of one split into its token file, and counts.
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import type { SplitMeta } from './meta.ts';
import { TokenWriter } from './token-file.ts';

export class SplitWriter {
  readonly #tokenizer: Tokenizer;
  readonly #endOfText: readonly number[];
  readonly #file: TokenWriter;
  #inDocument = false;
  #bytes = 0;
  #documents = 0;
  #nats: number | undefined = 0;

  /** `endOfText`: put after each document, if given. */
  constructor(path: string, tokenizer: Tokenizer, endOfText: number | undefined) {
    this.#tokenizer = tokenizer;
    this.#endOfText = endOfText === undefined ? [] : [endOfText];
    this.#file = new TokenWriter(path, tokenizer.vocabSize);
  }

  /** The text must be one that can be encoded apart from what comes before and after. */
  add(text: string): void {
    if (text === '') return;
    this.#inDocument = true;
    this.#file.append(this.#tokenizer.encode(text));
    this.#bytes += Buffer.byteLength(text);
  }

  /** Without effect if the document had no text in this split. */
  endDocument(nats: number | undefined): void {
    if (!this.#inDocument) return;
    this.#inDocument = false;
    this.#file.append(this.#endOfText);
    this.#documents++;
    this.#nats = this.#nats === undefined || nats === undefined ? undefined : this.#nats + nats;
  }

  finish(): SplitMeta {
    const sha256 = this.#file.finish();
    const { tokens } = this.#file;
    return { tokens, bytes: this.#bytes, documents: this.#documents, nats: this.#nats, sha256 };
  }

  close(): void {
    this.#file.close();
  }
}

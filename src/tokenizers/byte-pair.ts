// Byte-pair tokenizers: GPT-2's kind, and plain bytes, which is the one without merges.
import { unexpected } from '../base/errors.ts';
import { BYTES, binaryOf, bytesOfBinary, textOfBinary } from './bytes.ts';
import { createEncoder, type Encoder } from './encoder.ts';
import { fingerprintOf } from './fingerprint.ts';
import { findMerges } from './merges.ts';
import { ANY_STRETCH } from './patterns.ts';
import { bytePairJson } from './to-json.ts';
import { END_OF_TEXT, type Tokenizer, type TokenizerJson } from './tokenizer.ts';

export interface Vocabulary {
  /** Binary string → id (see bytes.ts). All 256 bytes have one; of two merges, that with the lower id is applied first. */
  idOf: ReadonlyMap<string, number>;
  /** Text → id. */
  specials: ReadonlyMap<string, number>;
  pattern: string;
}

export class BytePairTokenizer implements Tokenizer {
  readonly name: string;
  readonly kind: 'byte' | 'bpe';
  readonly vocabSize: number;
  readonly endOfText: number | undefined;
  readonly #vocabulary: Vocabulary;
  readonly #tokens: string[] = [];
  #encoder: Encoder | undefined;
  #json: TokenizerJson | undefined;
  #fingerprint: string | undefined;

  constructor(name: string, vocabulary: Vocabulary) {
    for (const [token, id] of vocabulary.idOf) this.#tokens[id] = token;
    for (const [text, id] of vocabulary.specials) this.#tokens[id] = binaryOf(text);
    this.name = name;
    this.kind = vocabulary.idOf.size === 256 ? 'byte' : 'bpe';
    this.vocabSize = this.#tokens.length;
    this.endOfText = vocabulary.specials.get(END_OF_TEXT);
    this.#vocabulary = vocabulary;
  }

  encode(text: string): Uint32Array {
    this.#encoder ??= this.#createEncoder();
    return this.#encoder.encode(text);
  }

  async encodeAll(texts: readonly string[]): Promise<Uint32Array[]> {
    this.#encoder ??= this.#createEncoder();
    return (await this.#encoder.encodeAll?.(texts)) ?? texts.map((text) => this.encode(text));
  }

  decode(ids: ArrayLike<number>): string {
    let binary = '';
    for (let i = 0; i < ids.length; i++) binary += this.#binaryOf(ids[i]!);
    return textOfBinary(binary);
  }

  bytesOf(id: number): Uint8Array {
    return bytesOfBinary(this.#binaryOf(id));
  }

  toJSON(): TokenizerJson {
    this.#json ??= bytePairJson({ ...this.#vocabulary, merges: findMerges(this.#vocabulary.idOf) });
    return this.#json;
  }

  get fingerprint(): string {
    this.#fingerprint ??= fingerprintOf(this.toJSON());
    return this.#fingerprint;
  }

  /** Some encodings leave ids unused (cl100k_base: 100256); a model may still give one, and it decodes to nothing. */
  #binaryOf(id: number): string {
    if (!(id >= 0 && id < this.vocabSize)) {
      throw unexpected(`a token id of ${this.name}`, `a whole number below ${this.vocabSize}`, id);
    }
    return this.#tokens[id] ?? '';
  }

  #createEncoder(): Encoder {
    const { idOf, pattern } = this.#vocabulary;
    return createEncoder(idOf, this.kind === 'byte' ? ANY_STRETCH : pattern);
  }
}

/** Ids 0–255 are the bytes; 256 is the end of a text. */
export function byteTokenizer(): BytePairTokenizer {
  return new BytePairTokenizer('byte', {
    idOf: new Map(BYTES.map((byte, id) => [byte, id])),
    specials: new Map([[END_OF_TEXT, 256]]),
    pattern: ANY_STRETCH,
  });
}

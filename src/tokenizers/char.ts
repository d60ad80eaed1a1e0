// One token per character: the code points of the text that it was learned from, in order.
import { TsgptError, unexpected } from '../base/errors.ts';
import type { TextSource } from '../text/source.ts';
import { fingerprintOf } from './fingerprint.ts';
import { charJson } from './to-json.ts';
import { END_OF_TEXT, type Tokenizer, type TokenizerJson } from './tokenizer.ts';
import { wellFormed } from './well-formed.ts';

export class CharTokenizer implements Tokenizer {
  readonly name: string;
  readonly kind = 'char';
  readonly vocabSize: number;
  readonly endOfText: number | undefined;
  readonly #characters: readonly string[];
  readonly #idOf: ReadonlyMap<number, number>;
  #fingerprint: string | undefined;

  /** The ids are the indices in `characters`; the end-of-text token, if there is one, has the id after them. */
  constructor(name: string, characters: readonly string[], hasEndOfText: boolean) {
    this.name = name;
    this.#characters = characters;
    this.#idOf = new Map(characters.map((character, id) => [character.codePointAt(0)!, id]));
    this.endOfText = hasEndOfText ? characters.length : undefined;
    this.vocabSize = characters.length + (hasEndOfText ? 1 : 0);
  }

  encode(text: string): Uint32Array {
    const whole = wellFormed(text);
    const ids = new Uint32Array(whole.length);
    let count = 0;
    for (const character of whole) {
      const id = this.#idOf.get(character.codePointAt(0)!);
      if (id === undefined) throw this.#unknown(character, count);
      ids[count++] = id;
    }
    return ids.slice(0, count);
  }

  decode(ids: ArrayLike<number>): string {
    let text = '';
    for (let i = 0; i < ids.length; i++) text += this.#textOf(ids[i]!);
    return text;
  }

  bytesOf(id: number): Uint8Array {
    return new TextEncoder().encode(this.#textOf(id));
  }

  toJSON(): TokenizerJson {
    return charJson(this.#characters, this.endOfText);
  }

  get fingerprint(): string {
    this.#fingerprint ??= fingerprintOf(this.toJSON());
    return this.#fingerprint;
  }

  #textOf(id: number): string {
    const text = id === this.endOfText ? END_OF_TEXT : this.#characters[id];
    if (text === undefined) {
      throw unexpected(`a token id of ${this.name}`, `a whole number below ${this.vocabSize}`, id);
    }
    return text;
  }

  #unknown(character: string, position: number): TsgptError {
    const codePoint = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    return new TsgptError(
      `the character ${JSON.stringify(character)} (U+${codePoint}), at position ${position} of the text, ` +
        `is not among the ${this.#characters.length} that the tokenizer ${this.name} knows`,
      'learn the tokenizer from text that has it, leave it out, or use --tokenizer byte, which knows every text',
    );
  }
}

/** A text of more than one document also gets an end-of-text token. */
export async function learnCharacters(source: TextSource): Promise<CharTokenizer> {
  const seen = new Set<string>();
  let documents = 0;
  for await (const piece of source.pieces()) {
    for (const character of wellFormed(piece.text)) seen.add(character);
    if (piece.endsDocument) documents++;
  }
  if (seen.size === 0)
    throw new TsgptError(`there is no text in ${source.description} to learn characters from`);
  const inOrder = [...seen].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  return new CharTokenizer('char', inOrder, documents > 1);
}

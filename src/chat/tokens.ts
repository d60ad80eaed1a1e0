// A rendered conversation as tokens, and which of them are learned.
import { END_OF_TEXT, type Tokenizer } from '../tokenizers/tokenizer.ts';

/** A stretch of a text, in characters. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The tokens of a rendered text, and for each 1 where it is to be learned, else 0. */
export interface Example {
  readonly ids: Int32Array;
  readonly learned: Uint8Array;
}

/** Special tokens stand for themselves, and no others are added: a template writes out all that a model reads. */
export function encodeRendered(tokenizer: Tokenizer, text: string): number[] {
  if (tokenizer.encodeWithSpecials) return [...tokenizer.encodeWithSpecials(text, false)];
  const { endOfText } = tokenizer;
  if (endOfText === undefined) return [...tokenizer.encode(text)];
  return text
    .split(END_OF_TEXT)
    .flatMap((part, i) => [...(i === 0 ? [] : [endOfText]), ...(part === '' ? [] : tokenizer.encode(part))]);
}

/** As transformers has it: the text is encoded whole, and a token of which any part is in a span is learned. */
export function exampleOf(tokenizer: Tokenizer, text: string, spans: readonly Span[]): Example {
  const ids = encodeRendered(tokenizer, text);
  const learned = new Uint8Array(ids.length);
  const tokensUpTo = (place: number) => {
    const before = encodeRendered(tokenizer, text.slice(0, place));
    const same = before.findIndex((id, i) => id !== ids[i]);
    return same < 0 ? { whole: before.length, touched: before.length } : { whole: same, touched: same + 1 };
  };
  for (const { from, to } of spans) learned.fill(1, tokensUpTo(from).whole, tokensUpTo(to).touched);
  const length = learned.lastIndexOf(1) + 1; // what follows changes no loss
  return { ids: Int32Array.from(ids.slice(0, length)), learned: learned.slice(0, length) };
}

/** A token that cannot be written as text: a reader of plain text never gets its id. */
export function isSpecial(tokenizer: Tokenizer, id: number): boolean {
  if (id === tokenizer.endOfText) return true;
  const written = tokenizer.encode(tokenizer.decode([id]));
  return written.length !== 1 || written[0] !== id;
}

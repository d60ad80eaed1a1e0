// Encodes texts in their order; where the tokenizer does so on threads of its own, the next texts are read meanwhile.
import { batched } from '../base/batched.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** So many characters are handed over at once: pieces enough for several threads, and not much memory. */
const BATCH = 2 ** 23;

/** An item, the texts that it holds, and the ids of each. */
export interface Encoded<T> {
  item: T;
  texts: readonly string[];
  ids: ArrayLike<number>[];
}

/** Where reading an item fails, those before it are given first. */
export async function* encodedAhead<T>(
  items: AsyncIterable<T>,
  textsOf: (item: T) => readonly string[],
  tokenizer: Pick<Tokenizer, 'encode' | 'encodeAll'>,
  batch = BATCH,
): AsyncGenerator<Encoded<T>> {
  let underWay: Promise<Encoded<T>[]> | undefined;
  let failure: { error: unknown } | undefined;
  async function* readable(): AsyncGenerator<T> {
    try {
      yield* items;
    } catch (error) {
      failure = { error };
    }
  }
  const size = tokenizer.encodeAll ? batch : 0;
  for await (const group of batched(withTexts(readable(), textsOf), ({ texts }) => lengthOf(texts), size)) {
    const next = encodeGroup(group, tokenizer);
    next.catch(() => {}); // it is heard of below, unless the one before it fails
    if (underWay) yield* await underWay;
    underWay = next;
  }
  if (underWay) yield* await underWay;
  if (failure) throw failure.error;
}

type Waiting<T> = Omit<Encoded<T>, 'ids'>;

async function* withTexts<T>(
  items: AsyncIterable<T>,
  textsOf: (item: T) => readonly string[],
): AsyncGenerator<Waiting<T>> {
  for await (const item of items) yield { item, texts: textsOf(item) };
}

async function encodeGroup<T>(
  group: readonly Waiting<T>[],
  tokenizer: Pick<Tokenizer, 'encode' | 'encodeAll'>,
): Promise<Encoded<T>[]> {
  const texts = group.flatMap((waiting) => waiting.texts);
  const ids = (await tokenizer.encodeAll?.(texts)) ?? texts.map((text) => tokenizer.encode(text));
  let at = 0;
  return group.map((waiting) => {
    const from = at;
    at += waiting.texts.length;
    return { ...waiting, ids: ids.slice(from, at) };
  });
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0);
}

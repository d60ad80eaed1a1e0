// The byte-pair model of a tokenizer.json: its tokens are made of bytes, or of characters, where a character that has none is
// written as its bytes ("<0xE2>").
import { z } from 'zod';
import { TsgptError } from '../../base/errors.ts';
import { BYTES, binaryOf, binaryOfSymbols, isSymbols, symbolsOf, UTF8_BYTES } from '../bytes.ts';
import { createEncoder } from '../encoder.ts';
import { absent, merges, pairOf, quote, vocabulary } from '../json-parts.ts';
import { mergeParts } from '../merge-parts.ts';
import { mergeWords } from '../merge-words.ts';
import { partsOf } from '../merges.ts';
import { MAX_IDS, type Pairs } from '../pair-ranks.ts';
import { agreesWithIds } from './agreement.ts';
import type { Split, Splitter } from './splitters.ts';

/** `isFirst`: whether the text is the beginning of all that is encoded. */
export type Encode = (text: string, isFirst: boolean) => ArrayLike<number>;

export interface Model {
  /** Token → id. Tokens made of bytes are binary strings (see bytes.ts). */
  readonly idOf: ReadonlyMap<string, number>;
  readonly encode: Encode;
  /** The same on several threads, where words are the same wherever they stand. */
  readonly encodeAll?: ((texts: readonly string[]) => Promise<Uint32Array[]>) | undefined;
}

export const modelSchema = z.object({
  type: z.literal('BPE').optional(),
  dropout: absent,
  continuing_subword_prefix: absent,
  end_of_word_suffix: absent,
  unk_token: z.string().nullish(),
  fuse_unk: z.boolean().nullish(),
  byte_fallback: z.boolean().nullish(),
  ignore_merges: z.boolean().nullish(),
  vocab: vocabulary,
  merges,
});
type ModelJson = z.infer<typeof modelSchema>;

/** `added`: tokens that stand for themselves, so that they need not be made of bytes. */
export function modelFrom(json: ModelJson, added: ReadonlySet<string>, splitter: Splitter): Model {
  return splitter.isByteLevel ? modelOfBytes(json, added, splitter) : modelOfCharacters(json, splitter);
}

function modelOfBytes(json: ModelJson, added: ReadonlySet<string>, { split, pattern }: Splitter): Model {
  const idOf = tokensOfBytes(json.vocab, added);
  const missing = UTF8_BYTES.find((byte) => !idOf.has(byte));
  if (missing !== undefined && json.byte_fallback)
    throw new TsgptError(
      `model: expected no byte_fallback for bytes, of which ${byteToken(missing.charCodeAt(0))} has no token`,
    );
  const { ranks, made } = ranksOf(json.merges, idOf, binaryOfSymbols);
  const unknown = missing === undefined ? undefined : unknownOf(json);
  const merge = mergeWords((word) => knownBytes(binaryOf(word), idOf, unknown), ranks, made);
  const whole = json.ignore_merges ? (word: string) => idOf.get(binaryOf(word)) : undefined;
  const encode = encodeWords(split, merge, whole);
  const reached = new Set([...BYTES.map((byte) => idOf.get(byte)), ...made]);
  const table = json.ignore_merges ? idOf : new Map([...idOf].filter(([, id]) => reached.has(id)));
  if (missing !== undefined || pattern === undefined || !agreesWithIds(table, ranks)) return { idOf, encode };
  const encoder = createEncoder(table, pattern, () => ({
    encode: (text) => Uint32Array.from(encode(text, false)), // with a pattern, words are the same wherever they stand
  }));
  return { idOf, encode: (text) => encoder.encode(text), encodeAll: encoder.encodeAll };
}

/** A token that is made of bytes and that merging these does not lead to, if there is one. `added`: tokens that need not be reached. */
export function unreachedToken(
  { vocab, merges }: Pick<ModelJson, 'vocab' | 'merges'>,
  added: ReadonlySet<string>,
): string | undefined {
  const idOf = tokensOfBytes(vocab, added);
  const { ranks, made } = ranksOf(merges, idOf, binaryOfSymbols);
  const isReached = (token: string) => mergeParts(partsOf(token, idOf), ranks, made).length === 1;
  return Array.from(idOf.keys(), symbolsOf).find(
    (token) => !added.has(token) && !isReached(binaryOfSymbols(token)),
  );
}

function tokensOfBytes(vocab: ModelJson['vocab'], added: ReadonlySet<string>): Map<string, number> {
  const made = Object.entries(vocab).filter(([token]) => !added.has(token) || isSymbols(token));
  return new Map(made.map(([token, id]) => [binaryOfSymbols(token), id]));
}

interface Unknown {
  readonly id: number;
  /** Whether a stretch of them is one token. */
  readonly isFused: boolean;
}

function unknownOf({ unk_token, fuse_unk, vocab }: ModelJson): Unknown | undefined {
  if (unk_token == null) return undefined;
  if (!Object.hasOwn(vocab, unk_token))
    throw new TsgptError(`model.unk_token: ${quote(unk_token)} is not in the vocabulary`);
  return { id: vocab[unk_token]!, isFused: fuse_unk ?? false };
}

/** A byte that has no token is unknown, or left out, so that its neighbours may merge. */
function knownBytes(binary: string, idOf: ReadonlyMap<string, number>, unknown?: Unknown): number[] {
  const ids: number[] = [];
  let isKnown = true;
  for (const byte of binary) {
    const id = idOf.get(byte);
    if (id !== undefined) ids.push(id);
    else if (unknown !== undefined && (isKnown || !unknown.isFused)) ids.push(unknown.id);
    isKnown = id !== undefined;
  }
  return ids;
}

/** 10 → "<0x0A>" */
function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

function modelOfCharacters(json: ModelJson, { split }: Splitter): Model {
  const idOf = new Map(Object.entries(json.vocab));
  const bytes = BYTES.map((_, byte) => idOf.get(byteToken(byte)));
  const missing = json.byte_fallback ? bytes.indexOf(undefined) : 0;
  if (missing >= 0)
    throw new TsgptError(
      `model: expected byte_fallback, with tokens of all bytes, where text is not split into bytes, but ${
        json.byte_fallback ? `the byte ${missing} has none` : 'it has none'
      }`,
    );
  const { ranks, made } = ranksOf(json.merges, idOf, (token) => token);
  const encoder = new TextEncoder();
  const idsOf = (character: string) =>
    idOf.get(character) ?? Array.from(encoder.encode(character), (byte) => bytes[byte]!);
  const merge = mergeWords((word) => Array.from(word, idsOf).flat(), ranks, made);
  return {
    idOf,
    encode: encodeWords(split, merge, json.ignore_merges ? (word) => idOf.get(word) : undefined),
  };
}

/** `whole`: the id of a word that is a token, where that goes before merging. */
function encodeWords(
  split: Split,
  merge: (word: string) => readonly number[],
  whole?: (word: string) => number | undefined,
): (text: string, isFirst: boolean) => number[] {
  return (text, isFirst) => split(text, isFirst).flatMap((word) => whole?.(word) ?? merge(word));
}

/** Of a pair that is listed twice, the later rank holds. */
function ranksOf(
  merges: ModelJson['merges'],
  idOf: ReadonlyMap<string, number>,
  read: (token: string) => string,
): { ranks: Pairs; made: number[] } {
  const ranks = new Map<number, number>();
  const made = merges.map((merge, rank) => {
    const [left, right, ...others] = pairOf(merge).map(read);
    if (left === undefined || right === undefined || others.length > 0)
      throw new TsgptError(`model.merges[${rank}]: expected two tokens, but got ${JSON.stringify(merge)}`);
    const [a, b, id] = [left, right, left + right].map((token) => {
      const known = idOf.get(token);
      if (known !== undefined) return known;
      throw new TsgptError(`model.merges[${rank}]: ${quote(token)} is not in the vocabulary`);
    });
    ranks.set(a! * MAX_IDS + b!, rank);
    return id!;
  });
  return { ranks, made };
}

// A tokenizer of characters, with bytes for those that it lacks, as llama.cpp has it: SentencePiece's, which merges any two
// neighbours that form a token, the one of the highest score first.
import { pairOf } from '../../tokenizers/json-parts.ts';
import { MAX_IDS } from '../../tokenizers/pair-ranks.ts';
import { agreesWithIds } from '../../tokenizers/pipeline/agreement.ts';
import { normalizerFrom } from '../../tokenizers/pipeline/normalizers.ts';
import { partsOf } from '../../tokenizers/pipeline/parts.ts';
import { splitterFrom } from '../../tokenizers/pipeline/splitters.ts';
import type { TokenizerParts } from './tokenizer-parts.ts';

/** How a space is written. */
export const SPACE = '\u2581';
/** Of tokens that no merge makes. */
const LOWEST = -1e9;

/** By id; nothing where no scores would lead to the same merges. */
export function scoresOf({ model }: TokenizerParts, vocabSize: number): number[] | undefined {
  const merges = model.merges.map(pairOf);
  const made = new Map<string, number>();
  merges.forEach((merge, rank) => {
    const token = merge.join('');
    if (!made.has(token)) made.set(token, rank);
  });
  const isCharacter = (token: string) => Array.from(token).length === 1;
  const placeOf = (token: string) => made.get(token) ?? (isCharacter(token) ? -1 : Infinity);
  const inOrder = Object.keys(model.vocab).sort((a, b) => placeOf(a) - placeOf(b) || 0);
  const order = new Map(inOrder.map((token, place) => [token, place]));
  const pairs = merges.map(([left, right]) => order.get(left!)! * MAX_IDS + order.get(right!)!);
  if (!agreesWithIds(order, new Map(pairs.map((pair, rank) => [pair, rank])))) return undefined;
  const scores: number[] = new Array(vocabSize).fill(LOWEST);
  for (const [token, rank] of made) scores[model.vocab[token]!] = -rank;
  return scores;
}

/** Whether a space is put before every text; nothing where more than spaces is written otherwise, or text is split. */
export function spacePrefixOf({ normalizer, pre_tokenizer }: TokenizerParts): boolean | undefined {
  const types = [
    ...partsOf(normalizer, 'normalizer', 'normalizers'),
    ...partsOf(pre_tokenizer, 'pre_tokenizer', 'pretokenizers'),
  ].map(({ type }) => type);
  if (types.some((type) => !['Prepend', 'Replace', 'Split', 'Metaspace'].includes(type))) return undefined;
  const normalize = normalizerFrom(normalizer) ?? ((text: string) => text);
  const { split } = splitterFrom(pre_tokenizer);
  const written = [' a  b.\n', 'a'].map((text) => split(normalize(text), true).join());
  const isWritten = (prefix: string) =>
    written.join() === [`${prefix}${SPACE}a${SPACE}${SPACE}b.\n`, `${prefix}a`].join();
  return isWritten(SPACE) ? true : isWritten('') ? false : undefined;
}

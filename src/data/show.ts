// What a prepared text is made of: how many bytes a token stands for, which tokens are common and which never occur, how it begins.
import { keepsText, type Tokenizer } from '../tokenizers/tokenizer.ts';
import { UNKNOWN } from '../tokenizers/word-pattern.ts';
import { UNKNOWN_WORD } from '../tokenizers/word-piece-json.ts';
import type { TextMeta } from './meta.ts';
import type { SplitName } from './split.ts';
import type { TextDataset } from './text-dataset.ts';

/** More tokens than these are looked at in stretches, spread evenly. */
const MOST_TOKENS = 2 ** 24;
const STRETCH = 2 ** 14;
const RARE = 10;

export interface Shown {
  meta: TextMeta;
  bytesPerToken: Record<SplitName, number>;
  /** How many of the training split's tokens were counted. */
  counted: number;
  /** Kinds of token that occur never, and fewer than ten times. */
  unused: number;
  rare: number;
  /** How many are the tokenizer's unknown token, where it has one. */
  unknown: number | undefined;
  common: { text: string; share: number }[];
  sample: string;
}

/** @param sampleTokens How many tokens of its beginning are shown. */
export function showText({ meta, train }: TextDataset, tokenizer: Tokenizer, sampleTokens: number): Shown {
  const counts = new Float64Array(tokenizer.vocabSize);
  const stretches = Math.ceil(train.length / STRETCH);
  const step = Math.max(1, Math.ceil(train.length / MOST_TOKENS));
  let counted = 0;
  for (let stretch = 0; stretch < stretches; stretch += step) {
    const start = stretch * STRETCH;
    const ids = train.read(start, Math.min(STRETCH, train.length - start));
    for (const id of ids) counts[id]!++;
    counted += ids.length;
  }
  const order = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b);
  const unknown = unknownOf(tokenizer);
  const perToken = (split: SplitName) => meta.splits[split].bytes / meta.splits[split].tokens;
  return {
    meta,
    bytesPerToken: { train: perToken('train'), val: perToken('val') },
    counted,
    unused: counts.filter((count) => count === 0).length,
    rare: counts.filter((count) => count > 0 && count < RARE).length,
    unknown: unknown === undefined ? undefined : counts[unknown],
    common: order.slice(0, 10).map((id) => ({ text: tokenizer.decode([id]), share: counts[id]! / counted })),
    sample: tokenizer.decode(train.read(0, Math.min(sampleTokens, train.length))),
  };
}

/** Words and word pieces have one; other tokenizers keep all of a text. */
function unknownOf(tokenizer: Tokenizer): number | undefined {
  if (keepsText(tokenizer)) return undefined;
  const ids = Array.from({ length: tokenizer.vocabSize }, (_, id) => id);
  return ids.find((id) => [UNKNOWN, UNKNOWN_WORD].includes(tokenizer.decode([id]).trim()));
}

// Decides which part of the text is held back for validation. The rule is pure: it depends on the seed alone.
import { keyFor, Stream } from '../base/random.ts';

export const SPLITS = ['train', 'val'] as const;
export type SplitName = (typeof SPLITS)[number];

/** A piece of text, divided between the splits. */
export type Shares = Record<SplitName, string>;

export interface SplitRule {
  description: string;
  /** Whether documents stay whole; each is then followed by an end-of-text token. */
  keepsDocuments: boolean;
  /** Divides a piece. The pieces must be given in order. */
  share(text: string, document: number): Shares;
}

export function splitRule(
  { documents, codePoints }: { documents: number; codePoints: number },
  valFraction: number,
  seed: number,
): SplitRule {
  if (documents > 1) {
    return {
      description:
        `each of ${documents} documents is val if its uniform draw is below ${valFraction} (the lowest draw is always ` +
        'val, the highest always train), and is followed by the end-of-text token if the tokenizer has one',
      keepsDocuments: true,
      share: splitDocuments(documents, valFraction, seed),
    };
  }
  // This is nanoGPT's rule, data[:int(n * 0.9)], counted in code points as Python counts.
  const train = Math.floor(codePoints * (1 - valFraction));
  return {
    description: `one document: its first ${train} of ${codePoints} code points are train, the rest val; no end-of-text tokens`,
    keepsDocuments: false,
    share: splitTail(train),
  };
}

/** The lowest draw is always val and the highest always train, so that neither split is empty. */
function splitDocuments(documents: number, valFraction: number, seed: number): SplitRule['share'] {
  const draw = (document: number) => new Stream(keyFor(seed, 'split', document)).uniform();
  let [lowest, highest] = [0, 0];
  let [low, high] = [1, -1];
  for (let document = 0; document < documents; document++) {
    const drawn = draw(document);
    if (drawn < low) [lowest, low] = [document, drawn];
    if (drawn > high) [highest, high] = [document, drawn];
  }
  return (text, document) => {
    const isVal = document === lowest || (document !== highest && draw(document) < valFraction);
    return isVal ? { train: '', val: text } : { train: text, val: '' };
  };
}

function splitTail(trainCodePoints: number): SplitRule['share'] {
  let left = trainCodePoints;
  return (text) => {
    const train = text.slice(0, offsetOf(text, left));
    left -= codePointsIn(train);
    return { train, val: text.slice(train.length) };
  };
}

/** Second halves of surrogate pairs do not count, so a pair may lie in two pieces. */
export function codePointsIn(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if (!isLowSurrogate(text.charCodeAt(i))) count++;
  return count;
}

/** The index at which so many code points end, or the text's length if it has fewer. */
function offsetOf(text: string, codePoints: number): number {
  let left = codePoints;
  for (let i = 0; i < text.length; i++) {
    if (isLowSurrogate(text.charCodeAt(i))) continue;
    if (left-- === 0) return i;
  }
  return text.length;
}

function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}

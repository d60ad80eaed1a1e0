// The texts of a split: its documents, each with its end; of one that is longer than the context each stretch is a text.
import { TsgptError, UsageError } from '../../base/errors.ts';
import type { Tokens } from '../../data/tokens.ts';

export interface Texts {
  readonly length: number;
  /** How many documents were cut. */
  readonly cut: number;
  /** Tokens in all of them: every token of the split is in one text. */
  readonly tokens: number;
  at(index: number): Int32Array;
  /** The token before a text: an end, or its document's. */
  before(index: number): number;
}

const known = new WeakMap<Tokens, Map<number, Texts>>();

/** The split is read once for each context. */
export function textsOf(split: Tokens, context: number): Texts {
  const ofSplit = known.get(split) ?? new Map<number, Texts>();
  known.set(split, ofSplit);
  const texts = ofSplit.get(context) ?? cutInto(split, context);
  ofSplit.set(context, texts);
  return texts;
}

function cutInto(split: Tokens, context: number): Texts {
  if (split.mix)
    throw new UsageError(
      'a mix by weight is drawn in windows, but such a model learns whole texts',
      'give one text',
    );
  const starts: number[] = [];
  let cut = 0;
  let start = 0;
  for (const end of endsOf(split)) {
    if (end - start > context) cut++;
    for (; start < end; start += context) starts.push(start);
    start = end;
  }
  starts.push(start);
  return {
    length: starts.length - 1,
    cut,
    tokens: split.length,
    at: (index) => split.read(starts[index]!, starts[index + 1]! - starts[index]!),
    before: (index) => (index === 0 ? split.endOfText! : split.read(starts[index]! - 1, 1)[0]!),
  };
}

const AT_ONCE = 2 ** 16;

/** Where each document ends, its end included; the last may have none. */
function* endsOf(split: Tokens): Generator<number> {
  let last = 0;
  for (let start = 0; start < split.length; start += AT_ONCE) {
    const ids = split.read(start, Math.min(AT_ONCE, split.length - start));
    for (let at = ids.indexOf(split.endOfText ?? -1); at >= 0; at = ids.indexOf(split.endOfText!, at + 1)) {
      last = start + at + 1;
      yield last;
    }
  }
  if (last === 0) throw noDocuments();
  if (last < split.length) yield split.length;
}

function noDocuments(): TsgptError {
  return new TsgptError(
    'expected a text of several documents, each of which ends with end-of-text, but the split has no such end',
    'prepare several files, a .jsonl or .csv file, or the lines of a text (--lines), with a tokenizer that has an end-of-text token',
  );
}

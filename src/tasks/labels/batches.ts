// Batches of sources and their labels, and which of them an output layer can learn.

import { bioAllowed, forbiddenAt } from '../../architectures/bio.ts';
import type { LabelConfig } from '../../architectures/label-model.ts';
import { TsgptError } from '../../base/errors.ts';
import type { Pair, Pairs } from '../../data/pairs.ts';
import type { CrfAllowed } from '../../ops/index.ts';
import { checkAlignment } from '../alignment.ts';
import { drawn } from '../drawn.ts';
import type { PairBatch } from '../pairs/batches.ts';
import type { BatchPlace } from '../task.ts';

/** Refuses a split with a source that is longer than the context, or a pair that such a model cannot learn. */
export function checkLabels(pairs: Pairs, context: number, config: LabelConfig): void {
  checkSources(pairs, context);
  const allowed = bioAllowed(config.labels, config.vocabSize);
  for (let i = 0; i < pairs.length; i++)
    checkPair(pairs.at(i), `pair ${i + 1} of ${pairs.length}`, { config, allowed });
}

export function checkSources({ longestSource }: Pairs, context: number): void {
  if (longestSource <= context) return;
  throw new TsgptError(
    `expected sources of at most ${context} tokens, as the context is ${context}, but the longest has ${longestSource}`,
    `raise it: --context ${longestSource}; or leave the long ones out`,
  );
}

/** `place` says in words which pair it is. */
export function checkPair(
  pair: Pair,
  place: string,
  { config: { head, labels }, allowed }: { config: LabelConfig; allowed: CrfAllowed | undefined },
): void {
  if (head === 'ctc')
    checkAlignment(
      pair,
      place,
      'leave it out, or learn the pairs with a model that writes targets of any length',
    );
  else checkSameLength(pair, place);
  if (head === 'crf' && allowed) checkRule(pair, place, labels, allowed);
}

function checkSameLength({ source, target }: Pair, place: string): void {
  if (source.length === target.length) return;
  throw new TsgptError(
    `expected a label for each token, but ${place} has ${source.length} tokens and ${target.length} labels`,
    'leave it out; where white space parts tokens and labels: tsgpt prepare --tokenizer whitespace --source-tokenizer whitespace; where there are fewer labels than tokens: --head ctc',
  );
}

function checkRule({ target }: Pair, place: string, labels: readonly string[], allowed: CrfAllowed): void {
  const wrong = forbiddenAt(target, allowed);
  if (wrong === undefined) return;
  const named = (at: number) => labels[target[at]!] ?? 'what is no label';
  const where = wrong === 0 ? 'is first' : `follows ${named(wrong - 1)}`;
  throw new TsgptError(
    `expected labels by the BIO rule, but in ${place} ${named(wrong)} ${where}`,
    'write a span as B-X, I-X, I-X; or learn the labels as they are: --head softmax',
  );
}

export function batchAt(pairs: Pairs, place: BatchPlace): PairBatch {
  return batchOf(drawn(pairs, place));
}

/** All labels are predicted. */
export function batchOf(pairs: readonly Pair[]): PairBatch {
  return { pairs, size: tokensOf(pairs, 'source'), counted: tokensOf(pairs, 'target') };
}

export function tokensOf(pairs: readonly Pair[], side: keyof Pair): number {
  return pairs.reduce((sum, pair) => sum + pair[side].length, 0);
}

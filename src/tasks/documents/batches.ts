// Training batches: whole texts drawn at random, a pure function of (seed, step, micro-batch).
import type { PaddedPairs } from '../../architectures/pair-model.ts';
import type { Tokens } from '../../data/tokens.ts';
import { drawn } from '../drawn.ts';
import { paddedTargets, paddedTexts } from '../padded.ts';
import type { Batch, BatchPlace } from '../task.ts';
import { textsOf } from './texts.ts';

export interface TextBatch extends Batch {
  texts: readonly Int32Array[];
  /** Which step it is for: a loss may change in the course of training. */
  step: number;
}

export function batchAt(split: Tokens, place: BatchPlace): TextBatch {
  const texts = drawn(textsOf(split, place.context), place);
  const tokens = texts.reduce((sum, text) => sum + text.length, 0);
  return { texts, step: place.step, size: tokens, counted: tokens };
}

/** Each text as its own source, for the caller to dispose of; all of its tokens are predicted. */
export function selfPairs(texts: readonly Int32Array[], end: number): PaddedPairs {
  return { sources: paddedTexts(texts), ...paddedTargets(texts, end) };
}

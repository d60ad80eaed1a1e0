// Training batches: whole texts drawn at random, a pure function of (seed, step, micro-batch).
import * as tf from '#tfjs';
import type { PaddedPairs } from '../../architectures/pair-model.ts';
import { keyFor, Stream } from '../../base/random.ts';
import type { Tokens } from '../../data/tokens.ts';
import { paddedTexts } from '../pairs/batches.ts';
import type { Batch, BatchPlace } from '../task.ts';
import { textsOf } from './texts.ts';

export interface TextBatch extends Batch {
  texts: readonly Int32Array[];
  /** Which step it is for: a loss may change in the course of training. */
  step: number;
}

export function batchAt(split: Tokens, { batchSize, context, seed, step, micro }: BatchPlace): TextBatch {
  const all = textsOf(split, context);
  const random = new Stream(keyFor(seed, 'batch', step, micro));
  const texts = Array.from({ length: batchSize }, () => all.at(random.below(all.length)));
  const tokens = texts.reduce((sum, text) => sum + text.length, 0);
  return { texts, step, size: tokens, counted: tokens };
}

/** Each text as its own source, for the caller to dispose of; all of its tokens are predicted. */
export function selfPairs(texts: readonly Int32Array[], end: number): PaddedPairs {
  const T = Math.max(...texts.map((text) => text.length));
  const inputs = new Int32Array(texts.length * T).fill(end);
  const targets = new Int32Array(texts.length * T).fill(-1);
  for (const [b, text] of texts.entries()) {
    inputs.set(text.subarray(0, -1), b * T + 1);
    targets.set(text, b * T);
  }
  return {
    sources: paddedTexts(texts),
    inputs: tf.tensor2d(inputs, [texts.length, T], 'int32'),
    targets: tf.tensor2d(targets, [texts.length, T], 'int32'),
  };
}

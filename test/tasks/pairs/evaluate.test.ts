// Measures of models of pairs whose answers are known.
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { PaddedPairs, PaddedTexts, PairModel, Steps } from '../../../src/architectures/pair-model.ts';
import { type Pair, pairsOf } from '../../../src/data/pairs.ts';
import { evaluatePairs } from '../../../src/tasks/pairs/evaluate.ts';
import { codePointTokenizer } from '../../data/stand-ins.ts';
import { usePlainBackend } from '../../training/stand-ins.ts';

usePlainBackend();

const [V, END] = [128, 0];
const tokenizer = codePointTokenizer(V);

/** How much more it holds of what it would write than of anything else. */
const SURE = 10;

/** Writes its source again, and ends when it has. */
class Copier {
  readonly config = { arch: 'copier', vocabSize: V, sourceVocabSize: V, context: 12, end: END };

  /** What follows each input, from the source alone: (B, T, V) */
  logits({ ids, lengths }: PaddedTexts, inputs: tf.Tensor2D): tf.Tensor3D {
    const [T, texts, ends] = [inputs.shape[1], ids.arraySync(), lengths.arraySync()];
    const next = texts.map((text, b) => Array.from({ length: T }, (_, t) => (t < ends[b]! ? text[t]! : END)));
    return tf.oneHot(tf.tensor2d(next, undefined, 'int32'), V).mul(SURE) as tf.Tensor3D;
  }

  loss({ sources, inputs, targets }: PaddedPairs): tf.Scalar {
    const counted = targets.greaterEqual(0).toFloat();
    const nats = tf.logSoftmax(this.logits(sources, inputs)).mul(tf.oneHot(targets, V)).sum(2).neg();
    return nats.mul(counted).sum().div(counted.sum());
  }

  startSteps({ ids, lengths }: PaddedTexts): Steps {
    let rows = ids.arraySync().map((text, b) => text.slice(0, lengths.arraySync()[b]));
    let length = 0;
    return {
      feed: () => {
        const next = rows.map((text) => text[length] ?? END);
        length++;
        return tf.tidy(() => tf.oneHot(tf.tensor1d(next, 'int32'), V).mul(SURE) as tf.Tensor2D);
      },
      reorder: (order) => {
        rows = order.map((row) => rows[row]!);
      },
      dispose: () => {},
    };
  }
}

const text = (word: string) => Int32Array.from(word, (letter) => letter.codePointAt(0)!);
const pair = (source: string, target = source): Pair => ({ source: text(source), target: text(target) });
const measure = (pairs: Pair[], options = {}) =>
  evaluatePairs(new Copier() as unknown as PairModel, pairsOf(pairs), { tokenizer, ...options });
const WRONG = Math.log(Math.exp(SURE) + V - 1);
const RIGHT = WRONG - SURE;

describe('a model that copies', () => {
  it('is right of copies, and loses what its own doubt costs', async () => {
    const measures = await measure([pair('ab'), pair('xyz')]);
    expect(measures).toMatchObject({ tokens: 7, pairs: 2, exactMatch: 1, editDistance: 0, tokenAccuracy: 1 });
    expect(measures.loss).toBeCloseTo(RIGHT, 5);
    expect(measures.perplexity).toBeCloseTo(Math.exp(RIGHT), 3);
    expect(measures.chrf).toBeCloseTo(100, 9);
    expect(measures.bleu).toBeUndefined(); // no target has four words
  });

  it('is told by its edits where it is wrong: one of three letters, one letter too many', async () => {
    const measures = await measure([pair('abc', 'abd'), pair('xy', 'x'), pair('ok')]);
    expect(measures).toMatchObject({ exactMatch: 1 / 3, editDistance: 2 / 6 });
    // of the nine tokens, ends included, d and the end after x are wrong
    expect(measures.tokenAccuracy).toBeCloseTo(7 / 9, 9);
    expect(measures.loss).toBeCloseTo((7 * RIGHT + 2 * WRONG) / 9, 5);
  });

  it('refuses a pair that is longer than the context', async () => {
    await expect(measure([pair('ok'), pair('abcdefghijkl')])).rejects.toThrow(
      'expected sources of at most 12 tokens and targets of at most 11, as the context is 12',
    );
  });

  it('has a BLEU where targets have four words', async () => {
    expect((await measure([pair('a b c d')])).bleu).toBeCloseTo(100, 9);
  });

  it('writes the same with a beam, whatever the rows beside', async () => {
    const pairs = Array.from({ length: 70 }, (_, i) => pair('abcdefgh'.slice(0, 1 + (i % 8))));
    expect(await measure(pairs, { beam: 3 })).toMatchObject({ exactMatch: 1, pairs: 70, beam: 3 });
  });

  it('is measured on about as many tokens as are asked for, spread over the split', async () => {
    const pairs = Array.from({ length: 100 }, (_, i) => pair(i < 50 ? 'abc' : 'xyz'));
    const seen: number[] = [];
    const measures = await measure(pairs, { maxTokens: 40, onProgress: (done: number) => seen.push(done) });
    expect(measures).toMatchObject({ pairs: 10, tokens: 40 });
    expect(seen.at(-1)).toBe(40);
  });
});

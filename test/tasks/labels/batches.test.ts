// Batches of sources and labels, and the pairs that an output layer cannot learn.
import { describe, expect, it } from 'vitest';
import type { LabelConfig } from '../../../src/architectures/label-model.ts';
import { type Pair, pairsOf } from '../../../src/data/pairs.ts';
import { batchAt, checkLabels } from '../../../src/tasks/labels/batches.ts';
import type { BatchPlace } from '../../../src/tasks/task.ts';
import { TAGGER } from '../../models/label-example.ts';

const pair = (source: number[], target: number[]): Pair => ({
  source: Int32Array.from(source),
  target: Int32Array.from(target),
});
/** Pair i has i + 1 tokens. */
const pairs = pairsOf(Array.from({ length: 8 }, (_, i) => pair(Array(i + 1).fill(i), Array(i + 1).fill(0))));
const place: BatchPlace = { batchSize: 4, context: 16, seed: 1, step: 7, micro: 0 };
const lengthsAt = (change: Partial<BatchPlace>) =>
  batchAt(pairs, { ...place, ...change }).pairs.map(({ source }) => source.length);

describe('a batch', () => {
  it('depends on seed, step and micro-batch, and on nothing else', () => {
    const changes = [{}, { seed: 2 }, { step: 8 }, { micro: 1 }, { step: 0, micro: 7 }];
    expect(new Set(changes.map((change) => lengthsAt(change).join())).size).toBe(5);
    expect(lengthsAt({ context: 9 })).toEqual(lengthsAt({}));
  });

  it('has every pair as often as others', () => {
    const counts = new Array<number>(8).fill(0);
    for (let step = 0; step < 100; step++)
      for (const length of lengthsAt({ step, batchSize: 40 })) counts[length - 1]!++;
    const chiSquare = counts.reduce((sum, n) => sum + (n - 500) ** 2 / 500, 0);
    expect(chiSquare).toBeLessThan(24.3); // 7 degrees of freedom, p = 0.001
  });

  it('trains on the tokens of its sources, and counts its labels', () => {
    const batch = batchAt(pairsOf([pair([1, 2, 3, 4], [0, 1])]), place);
    expect(batch).toMatchObject({ size: 4 * 4, counted: 4 * 2 });
  });
});

describe('a split is refused', () => {
  const checked = (head: LabelConfig['head'], second: Pair, context = 8) =>
    checkLabels(pairsOf([pair([1, 2, 3], [0, 1, 2]), second]), context, { ...TAGGER, head });

  it.each(['softmax', 'crf'] as const)('for %s with a pair of other lengths, and told of CTC', (head) => {
    expect(() => checked(head, pair([1, 2, 3], [0, 1]))).toThrow(
      expect.objectContaining({
        message: 'expected a label for each token, but pair 2 of 2 has 3 tokens and 2 labels',
        hint: expect.stringContaining('--head ctc'),
      }),
    );
  });

  it('for CTC with a target that its source is too short for', () => {
    expect(() => checked('ctc', pair([1, 2, 3], [1, 0, 1]))).not.toThrow();
    expect(() => checked('ctc', pair([1, 2, 3], [1, 1, 0]))).toThrow(
      'but pair 2 of 2 has 3 tokens, and its target of 3 needs 4',
    );
  });

  it('for a CRF with labels that break the BIO rule, with those that do, and no other is', () => {
    const wrong = pair([1, 2, 3], [0, 3, 2]);
    expect(() => checked('softmax', wrong)).not.toThrow();
    expect(() => checked('crf', wrong)).toThrow('but in pair 2 of 2 IX follows BY');
    expect(() => checked('crf', pair([1], [4]))).toThrow('IY is first');
    expect(() => checked('crf', pair([1, 2], [0, 5]))).toThrow('what is no label follows O');
    const unnamed = { ...TAGGER, labels: [] };
    expect(() => checkLabels(pairsOf([wrong]), 8, unnamed)).not.toThrow();
  });

  it('with a source that is longer than the context, and told how long it is', () => {
    expect(() => checked('crf', pair([1], [0]), 2)).toThrow(
      expect.objectContaining({
        message: 'expected sources of at most 2 tokens, as the context is 2, but the longest has 3',
        hint: expect.stringContaining('--context 3'),
      }),
    );
  });
});

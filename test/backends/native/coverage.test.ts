// native's attention that covers, beyond the table of op cases: the number of threads, and what it refuses.
import { describe, expect, it } from 'vitest';
import { loadedAddon } from '../../../src/backends/native/addon.ts';
import { coveredAdditive, coveredSoftmax } from '../../ops/coverage-cases.ts';
import { gradientsOf, outputsOf } from '../../ops/measure.ts';
import { mapValues, normal, type OpCase } from '../../ops/op-case.ts';
import { itRefusesShortArrays, missing, startNative } from './op-on-native.ts';

const lengths = Array.from({ length: 37 }, (_, b) => 1 + (b % 23));
const CASES = [
  coveredSoftmax({ B: 37, H: 3, T: 31, S: 23 }),
  coveredAdditive({ T: 19, S: 23, C: 17 }, lengths),
];

/** Of sizes that are all unlike. */
const SIZES: Record<string, readonly number[]> = {
  ...{ coveredSoftmax: [6, 3, 5, 7], coveredSoftmaxGrad: [6, 3, 5, 7] }, // R, H, T, S
  ...{ coveredAdditive: [2, 5, 7, 3], coveredAdditiveGrad: [2, 5, 7, 3] }, // B, T, S, C
};

describe.skipIf(missing)(missing ?? 'native’s', () => {
  startNative();

  it.each(CASES.map((opCase) => [opCase.op, opCase] as const))(
    '%s does not depend on the number of threads',
    async (_, opCase: OpCase) => {
      const results = [];
      for (const threads of [1, 3]) {
        loadedAddon().addon.setThreads(threads);
        const values = await outputsOf(opCase);
        const upstream = mapValues(values, ({ shape }, name) => normal(name, shape));
        results.push([values, await gradientsOf(opCase, upstream)]);
      }
      expect(results[1]).toEqual(results[0]);
    },
  );

  describe('refuses each array that is too short', () => {
    itRefusesShortArrays(
      {
        coveredSoftmax: { scores: 210, weight: 3, before: 42, y: 420 },
        coveredSoftmaxGrad: { dy: 420, weight: 3, y: 420, dScores: 210, dWeight: 3 },
        coveredAdditive: { queries: 30, keys: 42, cover: 3, score: 3, mask: 14, before: 14, y: 140 },
        coveredAdditiveGrad: {
          ...{ dy: 140, queries: 30, keys: 42, cover: 3, score: 3, y: 140 },
          ...{ dQueries: 30, dKeys: 42, dCover: 3, dScore: 3 },
        },
      },
      (op) => SIZES[op]!,
    );
  });
});

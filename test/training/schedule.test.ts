// Learning rates against values worked out by hand.
import { expect, it } from 'vitest';
import { learningRateAt } from '../../src/training/schedule.ts';

const SETTINGS = { learningRate: 1, minLearningRate: 0.1, warmupSteps: 4, decayFraction: 0.2 } as const;
/** 4 steps of warm-up, then 20 from the full rate to the minimum. */
const TOTAL = 24;

const WARM_UP: [number, number][] = [
  [0, 0.2],
  [1, 0.4],
  [3, 0.8],
  [4, 1],
];

it.each([
  // ½ (1 + cos(π/4)) = 0.853553, ½ (1 + cos(3π/4)) = 0.146447
  ['cosine', [...WARM_UP, [9, 0.868198], [14, 0.55], [19, 0.231802], [24, 0.1], [99, 0.1]]],
  ['linear', [...WARM_UP, [9, 0.775], [14, 0.55], [19, 0.325], [23, 0.145], [24, 0.1]]],
  ['constant', [...WARM_UP, [14, 1], [24, 1], [99, 1]]],
  // the last fifth of 20 steps begins at step 4 + 16
  ['wsd', [...WARM_UP, [14, 1], [20, 1], [21, 0.775], [22, 0.55], [23, 0.325], [24, 0.1]]],
] as const)('the schedule %s gives its rates', (schedule, points) => {
  for (const [step, rate] of points) {
    expect(learningRateAt(step, TOTAL, { ...SETTINGS, schedule }), `step ${step}`).toBeCloseTo(rate, 6);
  }
});

it('the rate warms up in a twentieth of the run, at most 100 steps, unless told', () => {
  const settings = { ...SETTINGS, schedule: 'constant', warmupSteps: undefined } as const;
  expect(learningRateAt(0, 400, settings)).toBeCloseTo(1 / 21, 12);
  expect(learningRateAt(19, 400, settings)).toBeCloseTo(20 / 21, 12);
  expect(learningRateAt(20, 400, settings)).toBe(1);
  expect(learningRateAt(99, 1e6, settings)).toBeCloseTo(100 / 101, 12);
  expect(learningRateAt(100, 1e6, settings)).toBe(1);
});

it('a run shorter than its warm-up, or of one step, has a rate all the same', () => {
  expect(learningRateAt(0, 1, { ...SETTINGS, schedule: 'cosine', warmupSteps: 0 })).toBe(1);
  expect(learningRateAt(2, 3, { ...SETTINGS, schedule: 'cosine' })).toBeCloseTo(0.6, 12);
});

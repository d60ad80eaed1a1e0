// The loop: budgets, what is not finite, and steps that have begun before an earlier one is reported.

import type { LanguageModel } from 'tsgpt';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import * as tf from '#tfjs';
import type { Tokens } from '../../src/data/tokens.ts';
import type { TrainingConfig } from '../../src/settings/training.ts';
import type { TokenBatch } from '../../src/tasks/next-token/batches.ts';
import { learning } from '../../src/tasks/next-token/learning.ts';
import {
  Diverged,
  type LoopOptions,
  type MicroProgress,
  type StepReport,
  trainingLoop,
} from '../../src/training/loop.ts';
import { Optimizer } from '../made-optimizer.ts';
import { poisoned, readLate, TEXT, tinyModel, training, usePlainBackend, valuesOf } from './stand-ins.ts';

usePlainBackend();

interface Outcome {
  reports: StepReport[];
  /** How many steps had begun when each was reported, and in the end. */
  begun: number[];
  weights: Map<string, number[]>;
  error: unknown;
}

type Options = LoopOptions<LanguageModel, Tokens, TokenBatch>;

interface Watch extends Pick<Options, 'stepsAhead' | 'looksAfter' | 'signal' | 'onMicroBatch'> {
  onReport?: (report: StepReport, model: LanguageModel) => unknown;
}

/** `bad`: calls of the model's loss, from 1, that give NaN. */
async function train(
  values: Partial<TrainingConfig>,
  bad: number[] = [],
  progress = begin(),
  { onReport, ...watch }: Watch = {},
): Promise<Outcome> {
  const own = tinyModel();
  const model = poisoned(own, (call) => bad.includes(call));
  const settings = training(values);
  const optimizer = new Optimizer(model.parameters);
  const outcome: Outcome = { reports: [], begun: [], weights: new Map(), error: undefined };
  const options = { model, optimizer, task: learning, split: TEXT, training: settings, progress, ...watch };
  try {
    for await (const report of trainingLoop(options)) {
      outcome.reports.push(report);
      outcome.begun.push(optimizer.steps);
      if ((await onReport?.(report, own)) === LEAVE) break;
    }
  } catch (error) {
    outcome.error = error;
  }
  outcome.begun.push(optimizer.steps);
  outcome.weights = valuesOf(model.parameters);
  optimizer.dispose();
  own.dispose();
  return outcome;
}

const LEAVE = 'leave';

function begin() {
  return { step: 0, tokens: 0, seconds: 0, badSteps: 0 };
}

describe('budgets', () => {
  it('maxSteps ends the loop after so many steps', async () => {
    const { reports } = await train({ maxSteps: 3 });
    expect(reports.map(({ step, tokens }) => [step, tokens])).toEqual([
      [1, 8],
      [2, 16],
      [3, 24],
    ]);
  });

  it('maxTokens ends it after as many, rounded up to whole steps, and the schedule ends there', async () => {
    const { reports } = await train({ maxSteps: 100, maxTokens: 17, schedule: 'linear' });
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(reports.map(({ lr }) => lr)).toEqual([1e-3, expect.closeTo(7e-4, 9), expect.closeTo(4e-4, 9)]);
  });

  it('totalBatchTokens is rounded up to whole batches', async () => {
    const { reports } = await train({ maxSteps: 2, totalBatchTokens: 17 });
    expect(reports.map(({ tokens }) => tokens)).toEqual([24, 48]);
  });

  it('maxSeconds counts the time before, too', async () => {
    const progress = { step: 4, tokens: 0, seconds: 5, badSteps: 0 };
    expect((await train({ maxSteps: 100, maxSeconds: 5 }, [], progress)).reports).toEqual([]);
    expect((await train({ maxSteps: 100, maxSeconds: 5.000001 }, [], progress)).reports).toHaveLength(1);
    expect(progress.seconds).toBeGreaterThan(5.000001);
  });
});

describe('a loss that is not finite', () => {
  it('skips its step, and the next one goes on', async () => {
    const { reports, error } = await train({ maxSteps: 6 }, [2, 3, 5]);
    expect(error).toBeUndefined();
    expect(reports.map(({ skipped }) => skipped)).toEqual([false, true, true, false, true, false]);
    expect(reports[1]!.loss).toBeNaN();
  });

  it('leaves no trace in the weights', async () => {
    const flags = { schedule: 'constant' } as const;
    const { weights } = await train({ ...flags, maxSteps: 3 }, [2, 3]);
    expect(weights).toEqual((await train({ ...flags, maxSteps: 1 })).weights);
  });

  it('ends the loop after three in a row, naming the step', async () => {
    const { reports, error, weights } = await train({ schedule: 'constant' }, [3, 4, 5]);
    expect(error).toBeInstanceOf(Diverged);
    expect(error).toMatchObject({
      message: 'the loss was not finite in 3 steps in a row, the last of them step 5',
      hint: expect.stringContaining('learning rate'),
      exitCode: 1,
    });
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(weights).toEqual((await train({ schedule: 'constant', maxSteps: 2 })).weights);
  });
});

describe('three steps ahead', () => {
  const AHEAD = { stepsAhead: 3 };
  const constant = { schedule: 'constant' } as const;
  const stepsOf = ({ reports }: Outcome) => reports.map(({ step }) => step);

  it('reports in order, three steps late, and the same as one step at a time', async () => {
    readLate();
    const late = await train({}, [2, 7], begin(), AHEAD);
    const atOnce = await train({}, [2, 7]);
    expect(late.begun).toEqual([4, 5, 6, 7, 8, 9, 10, 10, 10, 10, 10]);
    expect(atOnce.begun).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]);
    const settled = (reports: StepReport[]) => reports.map(({ step, settled }) => settled && step);
    expect(settled(late.reports)).toEqual([...Array(9).fill(false), 10]);
    expect(settled(atOnce.reports)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const course = ({ reports }: Outcome) =>
      reports.map(({ ms: _, dataMs: __, settled: ___, ...rest }) => rest);
    expect(course(late)).toEqual(course(atOnce));
    expect(late.weights).toEqual(atOnce.weights);
  });

  it('has nothing under way where the weights are looked at, and goes on ahead', async () => {
    readLate();
    const seen: unknown[] = [];
    const outcome = await train(constant, [], begin(), {
      ...AHEAD,
      looksAfter: (step) => step === 5,
      onReport: ({ step }, { parameters }) => step === 5 && seen.push(valuesOf(parameters)),
    });
    expect(outcome.begun).toEqual([4, 5, 5, 5, 5, 9, 10, 10, 10, 10, 10]);
    expect(outcome.reports.filter(({ settled }) => settled).map(({ step }) => step)).toEqual([5, 10]);
    expect(seen).toEqual([(await train({ ...constant, maxSteps: 5 })).weights]);
  });

  it('finishes and reports what has begun when it is stopped', async () => {
    readLate();
    const controller = new AbortController();
    const progress = begin();
    const stopped = await train(constant, [], progress, {
      ...AHEAD,
      signal: controller.signal,
      onReport: ({ step }) => step === 2 && controller.abort(),
    });
    expect(stopped.begun).toEqual([4, 5, 5, 5, 5, 5]);
    expect(stepsOf(stopped)).toEqual([1, 2, 3, 4, 5]);
    expect(progress).toMatchObject({ step: 5, badSteps: 0 });
    expect(stopped.weights).toEqual((await train({ ...constant, maxSteps: 5 })).weights);
    expect(stepsOf(await train(constant, [], begin(), { signal: controller.signal }))).toEqual([]);
  });

  it('drops a step that is stopped between its micro-batches: nothing has changed, nothing is left behind', async () => {
    const controller = new AbortController();
    const progress = begin();
    const heard: MicroProgress[] = [];
    const values = { ...constant, totalBatchTokens: 4 * 8, batchSize: 2 };
    const tensors = tf.memory().numTensors;
    const stopped = await train(values, [], progress, {
      signal: controller.signal,
      onMicroBatch(micro) {
        heard.push(micro);
        if (micro.step === 3 && micro.done === 2) controller.abort();
      },
    });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(heard.map(({ step, done, count }) => [step, done, count])).toEqual([
      ...[1, 2].flatMap((step) => [1, 2, 3].map((done) => [step, done, 4])),
      ...[1, 2].map((done) => [3, done, 4]),
    ]);
    expect(stepsOf(stopped)).toEqual([1, 2]);
    expect(progress).toMatchObject({ step: 2, tokens: 64 });
    expect(stopped.weights).toEqual((await train({ ...values, maxSteps: 2 })).weights);
  });

  it('finishes and reports what has begun when the time is over', async () => {
    const progress = begin();
    const { begun, reports } = await train({ maxSeconds: 1e-9 }, [], progress, AHEAD);
    expect(begun).toEqual([4, 4, 4, 4, 4]);
    expect(reports.at(-1)).toMatchObject({ step: 4, settled: true });
    expect(progress.step).toBe(4);
  });

  it('counts all time in the loop, and none outside', async () => {
    // A clock that only the test moves: no machine is too slow for it.
    let [clock, inside] = [0, 0];
    const now = vi.spyOn(performance, 'now').mockImplementation(() => clock);
    onTestFinished(() => now.mockRestore());
    readLate((reading) => {
      clock += reading;
      inside += reading;
      return false;
    });
    const progress = begin();
    const { reports } = await train({}, [], progress, {
      ...AHEAD,
      onReport: () => {
        clock += 1000;
      },
    });
    expect(reports.reduce((sum, { ms }) => sum + ms, 0)).toBe(inside);
    expect(progress.seconds).toBeCloseTo(inside / 1000, 9);
    expect(inside).toBeGreaterThanOrEqual(reports.length);
  });

  it('stops after three bad steps in a row, whatever has begun since', async () => {
    readLate();
    const progress = begin();
    const outcome = await train(constant, [3, 4, 5], progress, AHEAD);
    expect(outcome.error).toMatchObject({
      message: 'the loss was not finite in 3 steps in a row, the last of them step 5',
    });
    expect(stepsOf(outcome)).toEqual([1, 2, 3, 4, 5]);
    expect(outcome.begun.at(-1)).toBe(8);
    expect(progress).toMatchObject({ step: 5, badSteps: 3 });
  });

  it('leaves nothing behind when it is left', async () => {
    readLate();
    const before = tf.memory().numTensors;
    const outcome = await train({}, [], begin(), { ...AHEAD, onReport: () => LEAVE });
    expect(outcome.begun).toEqual([4, 4]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('throws what a reading throws when its turn comes, although later ones fail before', async () => {
    readLate((reading) => reading >= 3);
    const outcome = await train({}, [], begin(), {
      ...AHEAD,
      onReport: () => new Promise((done) => setTimeout(done, 20)),
    });
    expect(outcome.error).toMatchObject({ message: 'reading 3 failed' });
    expect(stepsOf(outcome)).toEqual([1, 2]);
  });
});

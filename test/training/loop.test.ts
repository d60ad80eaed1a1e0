// The loop: budgets, what is not finite, and what it leaves behind.
import { describe, expect, it } from 'vitest';
import type { TrainingConfig } from '../../src/config/training.ts';
import { Diverged, type StepReport, trainingLoop } from '../../src/training/loop.ts';
import { Optimizer } from '../../src/training/optimizer.ts';
import { poisoned, TEXT, tinyModel, training, usePlainBackend, valuesOf } from './stand-ins.ts';

usePlainBackend();

interface Outcome {
  reports: StepReport[];
  updates: number;
  weights: Map<string, number[]>;
  error: unknown;
}

/** `bad`: calls of the model's loss, from 1, that give NaN. */
async function train(
  values: Partial<TrainingConfig>,
  bad: number[] = [],
  progress = begin(),
): Promise<Outcome> {
  const own = tinyModel();
  const model = poisoned(own, (call) => bad.includes(call));
  const settings = training(values);
  const optimizer = new Optimizer(model.parameters, settings);
  const outcome: Outcome = { reports: [], updates: 0, weights: new Map(), error: undefined };
  try {
    for await (const report of trainingLoop({ model, optimizer, text: TEXT, training: settings, progress })) {
      outcome.reports.push(report);
    }
  } catch (error) {
    outcome.error = error;
  }
  outcome.updates = optimizer.updates;
  outcome.weights = valuesOf(model.parameters);
  optimizer.dispose();
  own.dispose();
  return outcome;
}

function begin() {
  return { step: 0, seconds: 0, badSteps: 0 };
}

describe('budgets', () => {
  it('maxSteps', async () => {
    const { reports } = await train({ maxSteps: 3 });
    expect(reports.map(({ step, tokens }) => [step, tokens])).toEqual([
      [1, 8],
      [2, 16],
      [3, 24],
    ]);
  });

  it('maxTokens, rounded up to whole steps, and the schedule ends there', async () => {
    const { reports } = await train({ maxSteps: 100, maxTokens: 17, schedule: 'linear' });
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(reports.map(({ lr }) => lr)).toEqual([1e-3, expect.closeTo(7e-4, 9), expect.closeTo(4e-4, 9)]);
  });

  it('totalBatchTokens, rounded up to whole batches', async () => {
    const { reports } = await train({ maxSteps: 2, totalBatchTokens: 17 });
    expect(reports.map(({ tokens }) => tokens)).toEqual([24, 48]);
  });

  it('maxSeconds counts the time before, too', async () => {
    const progress = { step: 4, seconds: 5, badSteps: 0 };
    expect((await train({ maxSteps: 100, maxSeconds: 5 }, [], progress)).reports).toEqual([]);
    expect((await train({ maxSteps: 100, maxSeconds: 5.000001 }, [], progress)).reports).toHaveLength(1);
    expect(progress.seconds).toBeGreaterThan(5.000001);
  });
});

describe('a loss that is not finite', () => {
  it('skips its step, and the next one goes on', async () => {
    const { reports, updates, error } = await train({ maxSteps: 6 }, [2, 3, 5]);
    expect(error).toBeUndefined();
    expect(reports.map(({ skipped }) => skipped)).toEqual([false, true, true, false, true, false]);
    expect(reports[1]!.loss).toBeNaN();
    expect(updates).toBe(3);
  });

  it('leaves no trace in the weights', async () => {
    const flags = { schedule: 'constant' } as const;
    const { weights } = await train({ ...flags, maxSteps: 3 }, [2, 3]);
    expect(weights).toEqual((await train({ ...flags, maxSteps: 1 })).weights);
  });

  it('stops after three in a row, naming the step', async () => {
    const { reports, updates, error, weights } = await train({ schedule: 'constant' }, [3, 4, 5]);
    expect(error).toBeInstanceOf(Diverged);
    expect(error).toMatchObject({
      message: 'the loss was not finite in 3 steps in a row, the last of them step 5',
      hint: expect.stringContaining('learning rate'),
      exitCode: 1,
    });
    expect(reports.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(updates).toBe(2);
    expect(weights).toEqual((await train({ schedule: 'constant', maxSteps: 2 })).weights);
  });
});

// A run whose loss is no number any more: skipped steps, then an end that names the step and keeps good checkpoints.
import { join } from 'node:path';
import { type Model, openModel, startBackend } from 'tsgpt';
import { beforeAll, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { loadCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { readLog } from '../../src/run/log.ts';
import { FASTEST } from '../on-backends.ts';
import { tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf, type Hooks, interruptAt, prepareText, recordOf, run, SETTINGS } from './tiny.ts';
import { trainWords } from './train-words.ts';

const root = temporaryFolder();
/** The first update throws the weights so far that no loss after it is finite. */
const EXPLODING = { learningRate: 1e30, minLearningRate: 1e30, weightDecay: 0, maxSteps: 30 };

let data: string;
beforeAll(async () => {
  data = await prepareText(root);
  await startBackend(FASTEST.backend, FASTEST);
});

/** Spoils a weight after step `from`, and puts it right after step `to`: the steps between have no finite loss. */
function spoil(from: number, to: number): Hooks {
  let model: Model;
  let sound: Float32Array;
  const assign = (weight: tf.Variable, values: Float32Array) =>
    tf.tidy(() => weight.assign(tf.tensor(values, weight.shape)));
  return {
    onEvent(event) {
      if (event.type === 'start') model = event.model;
      if (event.type !== 'step') return;
      const weight = [...model.parameters.values()][0]!;
      if (event.report.step === from) {
        sound = weight.dataSync<'float32'>().slice();
        assign(
          weight,
          sound.map(() => Number.NaN),
        );
      }
      if (event.report.step === to) assign(weight, sound);
    },
  };
}

it('a run skips up to two steps without a finite loss and goes on', async () => {
  const out = join(root, 'skipped');
  const flags = { maxSteps: 12, evalInterval: 100 };
  expect(await run({ out, data, flags }, spoil(7, 9))).toMatchObject({ ended: 'budget', step: 12 });
  const steps = readLog(out).filter((entry) => 'loss' in entry);
  expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(steps.filter(({ loss }) => !Number.isFinite(loss)).map(({ step }) => step)).toEqual([8, 9]);
  const { state } = await loadCheckpoint(join(out, 'step-000012'), { optimizer: true });
  expect(state).toMatchObject({ step: 12, badSteps: 0 });
});

it('a run stops after three steps without a finite loss, and goes on from the checkpoint before them', async () => {
  const out = join(root, 'stopped');
  const flags = { maxSteps: 12 };
  await expect(run({ out, data, flags }, spoil(7, 99))).rejects.toMatchObject({
    message:
      'the loss was not finite in 3 steps in a row, the last of them step 10; the last good checkpoint, step-000006, is whole',
    hint: expect.stringContaining('lower the learning rate'),
    exitCode: 1,
  });
  expect(await recordOf(out)).toMatchObject({ status: 'diverged', last: 'step-000006' });
  const { model } = await openModel(out, 'last');
  for (const weight of model.parameters.values()) expect(weight.dataSync().every(Number.isFinite)).toBe(true);
  model.dispose();
  await run({ out, resume: true });
  const healthy = join(root, 'healthy');
  await run({ out: healthy, data, flags });
  expect(await courseOf(out)).toEqual(await courseOf(healthy));
});

it('tsgpt train names every step without a finite loss, and exits with 1', async () => {
  const out = join(root, 'program');
  const words = trainWords(out, { ...SETTINGS, ...EXPLODING }, '--data', data);
  const { code, stdout, stderr } = await tsgpt(words);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  for (const step of [2, 3, 4]) {
    expect(stderr).toContain(`step ${step}: the loss was not finite; the step was skipped`);
  }
  expect(stderr).toContain(
    'error: the loss was not finite in 3 steps in a row, the last of them step 4; the last good checkpoint, step-000000, is whole\n  → lower the learning rate',
  );
});

it('a run goes on from a checkpoint whose validation loss is not finite', async () => {
  const out = join(root, 'validation');
  await run({ out, data, flags: { ...EXPLODING, evalInterval: 1 } }, interruptAt(2));
  expect(await recordOf(out)).toMatchObject({ best: 'step-000000', last: 'step-000002' });
  await expect(run({ out, resume: true })).rejects.toThrow(/the last of them step 4; .* step-000002,/);
});

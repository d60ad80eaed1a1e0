// --recompute: a run that takes less memory and ends with the same bits; an architecture that cannot do it refuses.
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { courseOf, interruptAt, prepareText, run } from './tiny.ts';

const root = temporaryFolder();
const flags = { layers: 3, width: 32, heads: 2, dropout: 0.1, maxSteps: 4, keepLast: 9 };
let data: string;
beforeAll(async () => {
  data = await prepareText(root);
  await run({ out: join(root, 'usual'), data, flags });
});

/** The log, but for what `run` cannot repeat, and the weights. */
const course = (name: string) => courseOf(join(root, name));

it('a run with it takes the same course, to the bit', async () => {
  await run({ out: join(root, 'again'), data, flags: { ...flags, recompute: true } });
  expect(await course('again')).toEqual(await course('usual'));
});

it('a run that was stopped goes on with it', async () => {
  await run({ out: join(root, 'stopped'), data, flags }, interruptAt(2));
  await run({ out: join(root, 'stopped'), resume: true, flags: { recompute: true } });
  expect(await course('stopped')).toEqual(await course('usual'));
});

it('an architecture without it refuses, by its name', async () => {
  const lstm = { layers: 1, width: 8, maxSteps: 1, recompute: true };
  await expect(run({ out: join(root, 'lstm'), data, arch: 'lstm', flags: lstm })).rejects.toThrow(
    'models of the kind LSTM keep their activations: --recompute is for GPT, Llama, BERT',
  );
});

// A GPU that is lost in the middle of a run: the run ends with words, and what it saved is whole. A file of its own, since
// the process has no GPU afterwards.
import { join } from 'node:path';
import { openModel, startBackend } from 'tsgpt';
import { expect, it } from 'vitest';
import { backend } from '../../src/backends/webgpu/memory.ts';
import { loadCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { FASTEST, GPUS, missingGpu } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Hooks, prepareText, recordOf, run } from './tiny.ts';

const root = temporaryFolder();

if (missingGpu) it.skip(missingGpu, () => {});

it.each(GPUS)(
  'a run whose GPU ($name) is lost ends with words, and what it saved is whole',
  async (engine) => {
    const data = await prepareText(root);
    const out = join(root, 'run');
    const flags = { maxSteps: 12, evalInterval: 100 };
    const loseIt: Hooks = {
      onEvent: (event) => event.type === 'step' && event.report.step === 5 && backend().device.destroy(),
    };
    const error = await run({ out, data, flags }, loseIt, engine).catch((e: unknown) => e);
    expect(error).toMatchObject({
      name: 'TsgptError',
      message: expect.stringMatching(
        /^the GPU was lost: .+; the last good checkpoint, step-000004, is whole$/,
      ),
      hint: expect.stringContaining('--resume'),
    });
    expect(await recordOf(out)).toMatchObject({ last: 'step-000004', best: 'step-000000' });

    await startBackend(FASTEST.backend, FASTEST);
    const { state, optimizer } = await loadCheckpoint(join(out, 'step-000004'), { optimizer: true });
    expect(state).toMatchObject({ step: 4 });
    expect(optimizer!.size).toBeGreaterThan(0);
    const { model } = await openModel(out, 'last');
    for (const weight of model.parameters.values())
      expect((await weight.data()).every(Number.isFinite)).toBe(true);
    model.dispose();
  },
);

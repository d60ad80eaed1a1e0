// A run on a backend that is given steps ahead, as a GPU is: to the bit the run that waits for every step.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend } from '../../src/backends/backend.ts';
import { plain } from '../../src/backends/plain/index.ts';
import { webgpu } from '../../src/backends/webgpu/index.ts';
import { loadCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { missingGpu } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Course, courseOf, interruptAt, prepareText, recordOf, run } from './tiny.ts';

const root = temporaryFolder();
let data: string;
beforeAll(async () => {
  data = await prepareText(root);
});

const flags = { maxSteps: 14, evalInterval: 6, checkpointInterval: 5 };

if (missingGpu) it.skip(missingGpu, () => {});

describe.each(missingGpu ? [plain] : [plain, webgpu])('$name', (backend) => {
  const engine = { backend: backend.name, precision: 'fp32' };
  const before = { stepsAhead: backend.stepsAhead };
  let waiting: Course;
  beforeAll(async () => {
    const out = join(root, `${backend.name}-waiting`);
    Object.assign<Backend, Partial<Backend>>(backend, { stepsAhead: 0 });
    await run({ out, data, flags }, {}, engine);
    waiting = await courseOf(out);
    Object.assign<Backend, Partial<Backend>>(backend, { stepsAhead: 3 });
  });
  afterAll(() => void Object.assign(backend, before));

  it('a run that waits for every step learns', () => {
    const losses = waiting.log.flatMap((entry) => ('loss' in entry ? [Number(entry.loss)] : []));
    expect(losses).toHaveLength(14);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });

  it('a run three steps ahead ends in the same bits as one that waits', async () => {
    const out = join(root, `${backend.name}-ahead`);
    await run({ out, data, flags }, {}, engine);
    expect(await courseOf(out)).toEqual(waiting);
  });

  it('a run three steps ahead that is interrupted goes on from the last step that had begun, to the same bits', async () => {
    const out = join(root, `${backend.name}-interrupted`);
    // Steps 7 to 9 have begun when step 6 has been evaluated and they are waited for.
    const first = await run({ out, data, flags }, interruptAt(7), engine);
    expect(first).toMatchObject({ ended: 'interrupted', step: 10, last: 'step-000010' });
    const { state } = await loadCheckpoint(join(out, 'step-000010'), { optimizer: true });
    expect(state).toMatchObject({ step: 10 });
    expect(await recordOf(out)).toMatchObject({ status: 'interrupted', last: 'step-000010' });
    const second = await run({ out, resume: true }, interruptAt(11), engine);
    expect(second).toMatchObject({ ended: 'interrupted', step: 12 });
    expect(await run({ out, resume: true }, {}, engine)).toMatchObject({ ended: 'budget', step: 14 });
    const { log, ...rest } = await courseOf(out);
    expect({ ...rest, log }).toEqual(waiting);
  });
});

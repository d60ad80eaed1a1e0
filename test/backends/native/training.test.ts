// Training on native: the same for any number of threads, as on plain, nearly the same in bfloat16, and in memory that
// does not grow.
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { startBackend } from '../../../src/backends/index.ts';
import { LANGUAGE_ARCHS } from '../../made-models.ts';
import { ENGINES, missing } from '../../on-backends.ts';
import { TOLERANCE } from '../../tolerances.ts';
import { startTypeScript } from '../../typescript-child.ts';
import { Trainee } from '../trainee.ts';

const PRECISIONS = ENGINES.filter(({ backend }) => backend === 'native').map(({ precision }) => precision);

interface Engine {
  backend?: string;
  precision?: string;
  threads?: number;
}

/** The losses of its first steps, and the weights after them. */
async function trained(arch: string, steps: number, { backend = 'native', ...options }: Engine) {
  await startBackend(backend, { precision: 'fp32', ...options });
  const trainee = new Trainee(arch);
  const losses = await trainee.steps(steps);
  const weights = trainee.weights();
  trainee.dispose();
  return { losses, weights };
}

describe.skipIf(missing)(missing ?? 'native', () => {
  describe.each(LANGUAGE_ARCHS)('%s', (arch) => {
    it.each(PRECISIONS)('in %s is the same to the bit on 1, 2 and 3 threads', async (precision) => {
      const one = await trained(arch, 3, { precision, threads: 1 });
      for (const threads of [2, 3]) expect(await trained(arch, 3, { precision, threads })).toEqual(one);
    });

    it('has the losses that it has on plain, dropout included', async () => {
      const [ours, plains] = [await trained(arch, 2, {}), await trained(arch, 2, { backend: 'plain' })];
      expect(ours.losses).toAgree(plains.losses, 'model');
    });

    it.runIf(PRECISIONS.includes('bf16'))('learns in bf16 as in fp32', async () => {
      const [fp32, bf16] = [await trained(arch, 50, {}), await trained(arch, 50, { precision: 'bf16' })];
      expect(fp32.losses.at(-1)).toBeLessThan(fp32.losses[0]! - 0.3);
      expect(bf16.losses).not.toEqual(fp32.losses);
      for (const [step, loss] of fp32.losses.entries())
        expect(Math.abs(bf16.losses[step]! / loss - 1), `step ${step}`).toBeLessThan(TOLERANCE.trainedBf16);
    });
  });

  describe('memory', () => {
    /** Over 125 steps this is 64 KiB a step, half of one activation, (8, 64, 64). V8 itself grows by up to half of it. */
    const MOST_GROWTH = 8 * 2 ** 20;
    const [steps, readings] = [25, 6];

    it.concurrent.each([
      { arch: 'gpt', precision: 'auto' },
      { arch: 'lstm', precision: 'fp32' },
    ])('of a $arch in $precision stays what it is after 25 steps', async ({ arch, precision }) => {
      const script = new URL('measure-memory.ts', import.meta.url);
      const child = startTypeScript(script, [arch, precision, steps, readings], ['--expose-gc']);
      const lines = (await text(child.stdout)).trim().split('\n');
      const read: { resident: number; held: unknown }[] = lines.map((line) => JSON.parse(line));
      expect(read).toHaveLength(readings);
      const [first] = read as [(typeof read)[0]];
      for (const { held } of read) expect(held).toEqual(first.held);
      expect(first.held).toMatchObject({ pool: { idleBytes: expect.any(Number) } });
      expect(Math.max(...read.map(({ resident }) => resident)) - first.resident).toBeLessThan(MOST_GROWTH);
    });
  });
});

// What Dawn writes to standard error while it looks for GPUs stays off the user's terminal; what others write does not.
import { writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { quietly, tryApart } from '../../../src/backends/webgpu/quiet.ts';
import { missing, missingGpu } from '../../on-backends.ts';
import { tsgpt } from '../../program.ts';

const PRELOAD = `console.error('first'); process.on('exit', () => console.error('last'));`;

/** Where the Vulkan loader finds no driver. */
const DRIVERLESS = { VK_ICD_FILENAMES: '/nonexistent', VK_DRIVER_FILES: '/nonexistent' };

/** `tsgpt doctor`, in a process that writes a line to standard error before it and one after it. */
async function doctor(env: Record<string, string>) {
  const { stdout, stderr } = await tsgpt(['doctor', '--json'], { preload: PRELOAD, env });
  return { stderr, webgpu: JSON.parse(stdout).backends[0] };
}

describe.skipIf(missing)(missing ?? 'quietly', () => {
  it('returns what was written to standard error meanwhile, and what the call returned', () => {
    const line = 'nobody sees this\n';
    expect(quietly(() => writeSync(2, line))).toEqual({ result: line.length, written: line });
  });

  it('keeps what a pipe holds of a long text, and never waits', () => {
    const chunk = 'x'.repeat(1000);
    const { written } = quietly(() => {
      for (let i = 0; i < 200; i++)
        try {
          writeSync(2, chunk);
        } catch (error) {
          expect(error).toMatchObject({ code: 'EAGAIN' });
        }
    });
    expect(written.length).toBeGreaterThanOrEqual(chunk.length);
  });

  it('gives standard error back after a call that throws, whose error goes on to the caller', () => {
    const failing = () =>
      quietly(() => {
        throw new Error('the call’s own');
      });
    const { written } = quietly(() => {
      expect(failing).toThrow('the call’s own');
      writeSync(2, 'after it');
    });
    expect(written).toBe('after it');
  });
});

describe.skipIf(missingGpu)(missingGpu ?? 'a command', () => {
  // Elsewhere Dawn does without Vulkan.
  it.runIf(process.platform === 'linux').each([
    ['by the addon', {}],
    ['by a process of its own, where the addon is missing', { NATIVE: 'off' }],
  ])('keeps Dawn’s complaint about a missing driver from the terminal: %s', async (_, environment) => {
    const { stderr, webgpu } = await doctor({ ...DRIVERLESS, ...environment });
    expect(stderr).toBe('first\nlast\n');
    expect(webgpu).toMatchObject({
      name: 'webgpu',
      usable: false,
      reason: 'Vulkan is installed, but no driver for a GPU',
      hint: 'install your GPU’s driver, with Vulkan 1.1 or later',
    });
  });

  it.skipIf(missing)('keeps Dawn’s warnings about an adapter’s limits from the terminal', async () => {
    const { stderr, webgpu } = await doctor({});
    expect(stderr).toBe('first\nlast\n');
    expect(webgpu.usable).toBe(true);
  });

  it('finds by a process of its own the adapter that it would find itself', async () => {
    expect(await tryApart('webgpu')).toMatchObject({ found: true });
  });
});

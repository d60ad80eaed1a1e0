// What goes wrong on the GPU's device, and how the user hears of it.
import { startBackend } from 'tsgpt';
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { infoOf } from '../../../src/backends/webgpu/adapter.ts';
import { DeviceWatch, openDevice } from '../../../src/backends/webgpu/device.ts';
import { backend } from '../../../src/backends/webgpu/memory.ts';
import { dawn } from '../../../src/backends/webgpu/node.ts';
import { TsgptError } from '../../../src/base/errors.ts';
import { runKernel } from '../../../src/ops/kernel.ts';
import { missingGpu } from '../../on-backends.ts';

describe.skipIf(missingGpu)(missingGpu ?? 'a device', () => {
  it('that refused a command ends in an error that names the command', async () => {
    const device = await openAnother();
    const watch = new DeviceWatch(device);
    watch.check();
    device.createShaderModule({ code: 'nonsense' });
    await device.queue.onSubmittedWorkDone();
    expect(() => watch.check()).toThrow(/^internal: the GPU refused a command: .*nonsense/s);
  });

  it('that is lost ends every read and every op in a hint at the last checkpoint', async () => {
    await startBackend('webgpu');
    const { device } = backend();
    const x = tf.fill([2000], 1).add(1); // more than tfjs leaves to the CPU
    device.destroy();
    await device.lost;
    const lost = { name: 'TsgptError', hint: expect.stringContaining('--resume') };
    await expect(x.data()).rejects.toMatchObject(lost);
    expect(() => tf.tidy(() => x.add(x))).toThrow(TsgptError);
    expect(() => runKernel('GlobalNorm', { x })).toThrow('the GPU was lost');
  });
});

async function openAnother(): Promise<GPUDevice> {
  const found = await dawn();
  if ('reason' in found) throw new Error(found.reason);
  const adapter = await found.requestAdapter('high-performance');
  if ('reason' in adapter) throw new Error(adapter.reason);
  expect(infoOf(adapter).vendor).toBeTypeOf('string');
  return openDevice(adapter);
}

// The backend webgpu, on a GPU or on SwiftShader: how it starts, and training on it beside training on the CPU.
import { startBackend } from 'tsgpt';
import { beforeEach, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { GpuBackend } from '../../../src/backends/webgpu/backend.ts';
import { webgpu } from '../../../src/backends/webgpu/index.ts';
import { backend } from '../../../src/backends/webgpu/memory.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { missingGpu, missing as missingNative } from '../../on-backends.ts';
import { Trainee } from '../trainee.ts';

const probe = await webgpu.probe();

const SIZES = { context: 16, width: 16 };

describe.skipIf(missingGpu)(missingGpu ?? 'webgpu', () => {
  beforeEach(() => startBackend('webgpu'));

  it('starts our own backend, on a device with the adapter’s limits', () => {
    expect(tf.getBackend()).toBe('webgpu');
    expect(tf.backend()).toBeInstanceOf(GpuBackend);
    expect(backend().device.limits.maxStorageBuffersPerShaderStage).toBeGreaterThan(8);
  });

  it('refuses to start with a number of threads', async () => {
    await expect(startBackend('webgpu', { threads: 2 })).rejects.toThrow(UsageError);
  });

  it.runIf(probe.usable && probe.onlyIfAsked)(
    'is passed over by auto where the adapter is software',
    async () => {
      const { name, why } = await startBackend('auto');
      expect(name).not.toBe('webgpu');
      expect(why).toContain('its only GPU is a program on the CPU');
    },
  );

  it('has the same losses as the CPU’s backends over 50 steps, dropout included', async () => {
    const losses = async (name: string) => {
      await startBackend(name, { precision: 'fp32' });
      const trainee = new Trainee('gpt', SIZES);
      const all = await trainee.steps(50);
      trainee.dispose();
      return all;
    };
    const actual = await losses('webgpu');
    expect(actual.at(-1)).toBeLessThan(actual[0]! - 0.3);
    for (const name of missingNative ? ['plain'] : ['plain', 'native'])
      for (const [step, loss] of (await losses(name)).entries())
        expect(Math.abs(actual[step]! - loss), `${name}, step ${step}`).toBeLessThan(1e-3);
  });

  it('holds no more of the GPU’s memory after five training steps than after two', async () => {
    const trainee = new Trainee('gpt', SIZES);
    await trainee.steps(2);
    const held = () => ({ ...backend().memory(), buffers: backend().bufferManager.getNumUsedBuffers() });
    const before = held();
    await trainee.steps(3);
    expect(held()).toEqual(before);
    trainee.dispose();
  });
});

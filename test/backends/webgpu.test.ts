// The backend webgpu, on a GPU or on SwiftShader: our programs among tfjs's own, products of every kind, and training.

import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { startBackend } from '../../src/backends/index.ts';
import { native } from '../../src/backends/native/index.ts';
import { infoOf } from '../../src/backends/webgpu/adapter.ts';
import { GpuBackend } from '../../src/backends/webgpu/backend.ts';
import { DeviceWatch, openDevice } from '../../src/backends/webgpu/device.ts';
import { webgpu } from '../../src/backends/webgpu/index.ts';
import { lossInParts } from '../../src/backends/webgpu/kernels/cross-entropy.ts';
import { matMul, tiledMatMul } from '../../src/backends/webgpu/kernels/mat-mul.ts';
import { backend, output } from '../../src/backends/webgpu/memory.ts';
import { dawn } from '../../src/backends/webgpu/node.ts';
import { Program } from '../../src/backends/webgpu/program.ts';
import { TsgptError, UsageError } from '../../src/base/errors.ts';
import { causalAttention } from '../../src/ops/index.ts';
import { runKernel } from '../../src/ops/kernel.ts';
import { maxRelativeError } from '../base/compare.ts';
import { leavingNothing } from '../ops/measure.ts';
import { normal } from '../ops/op-case.ts';
import { TOLERANCE } from '../tolerances.ts';
import { multiplied } from './multiplied.ts';
import { Trainee } from './trainee.ts';

const probe = await webgpu.probe();
const nativeIsHere = (await native.probe()).usable;
const missing = probe.usable ? undefined : `webgpu is not here: ${probe.reason}`;

describe.skipIf(missing)(missing ?? 'webgpu', () => {
  beforeAll(() => startBackend('webgpu'));

  describe('starting', () => {
    it('is by our own backend, on a device with the adapter’s limits', () => {
      expect(tf.getBackend()).toBe('webgpu');
      expect(tf.backend()).toBeInstanceOf(GpuBackend);
      expect(backend().device.limits.maxStorageBuffersPerShaderStage).toBeGreaterThan(8);
    });

    it('refuses a number of threads', async () => {
      await expect(startBackend('webgpu', { threads: 2 })).rejects.toThrow(UsageError);
    });

    it.runIf(probe.usable && probe.onlyIfAsked)(
      'is not what auto chooses on a software adapter',
      async () => {
        const { name, why } = await startBackend('auto');
        expect(name).not.toBe('webgpu');
        expect(why).toContain('its only GPU is a program on the CPU');
        await startBackend('webgpu');
      },
    );
  });

  describe('a program of ours', () => {
    const double = new Program({
      name: 'double',
      writes: { x: 'f32' },
      numbers: { size: 'u32' },
      threads: 1,
      body: 'if (group < n.size) { x[group] *= 2.0; }',
    });

    it('takes its turn between kernels of tfjs, and works in place', async () => {
      await leavingNothing(async () => {
        const x = tf.tidy(() => tf.tensor1d([1, 2, 3]).add(tf.scalar(1)));
        double.run({ x }, { size: 3 }, 3);
        const y = x.add(x);
        double.run({ x }, { size: 3 }, 3);
        expect([...(await y.data())]).toEqual([8, 12, 16]);
        expect([...(await x.data())]).toEqual([8, 12, 16]);
        tf.dispose([x, y]);
      });
    });

    it('works on a variable that nothing has used, and on what has been read', async () => {
      const variable = tf.variable(tf.tensor1d([1, 2]));
      double.run({ x: variable }, { size: 2 }, 2);
      expect([...(await variable.data())]).toEqual([2, 4]);
      const term = tf.tensor1d([10, 20]);
      runKernel('AccumulateInto', { into: variable, from: term });
      expect([...(await variable.data())]).toEqual([12, 24]);
      tf.dispose([variable, term]);
    });

    it('has more workgroups than one dimension holds', async () => {
      const size = 65_535 + 100;
      const x = tf.ones([size]).add(0);
      double.run({ x }, { size }, size);
      expect((await x.sum().data())[0]).toBe(2 * size);
      x.dispose();
    });

    it('may be given buffers of tensors that are gone, in the same batch of commands', async () => {
      const used = backend().bufferManager.getNumUsedBuffers();
      const values: number[] = [];
      for (let i = 0; i < 5; i++) {
        const x = tf.tidy(() => tf.fill([1000], i).add(tf.ones([1000])));
        double.run({ x }, { size: 1000 }, 1000);
        values.push((await x.max().data())[0]!);
        x.dispose();
      }
      expect(values).toEqual([2, 4, 6, 8, 10]);
      expect(backend().bufferManager.getNumUsedBuffers()).toBeLessThan(used + 10);
    });

    it('that names an array it was not given is a mistake of ours', () => {
      expect(() => double.run({}, { size: 1 }, 1)).toThrow('internal: double was not given x');
      const x = output([1]);
      expect(() => double.run({ x }, {}, 1)).toThrow('internal: double was not given size');
      backend().disposeData(x.dataId);
    });
  });

  describe('a product', () => {
    const sizes = [
      { M: 130, N: 132, K: 20 }, // just above one large tile, four at a time
      { M: 65, N: 63, K: 17 }, // one at a time
      { M: 3, N: 200, K: 33 }, // few rows
      { M: 4, N: 37, K: 68 },
    ];
    const layouts = [false, true].flatMap((a) => [false, true].map((b) => ({ a, b })));
    const cases = sizes.flatMap((size) => layouts.map((transposed) => ({ ...size, transposed })));

    it.each(cases)(
      'of $M × $K by $K × $N, transposed: $transposed, in either tile or as it is done',
      async ({ M, N, K, transposed }) => {
        const a = normal('a', transposed.a ? [K, M] : [M, K]);
        const b = normal('b', transposed.b ? [N, K] : [K, N]);
        const expected = multiplied(a.data, b.data, { M, N, K, transposed });
        const [left, right] = [tf.tensor(a.data, a.shape), tf.tensor(b.data, b.shape)];
        for (const tile of [64, 128, undefined] as const) {
          const y = tf.zeros([M, N]).add(tf.scalar(1));
          const operands = {
            a: { array: left, transposed: transposed.a },
            b: { array: right, transposed: transposed.b },
          };
          const product = { ...operands, M, N, K, y, accumulated: true };
          if (tile) tiledMatMul(product, tile);
          else matMul(product);
          const actual = Array.from(await y.data(), (value) => value - 1);
          expect(maxRelativeError(actual, expected), `${tile}`).toBeLessThan(TOLERANCE.op);
          y.dispose();
        }
        tf.dispose([left, right]);
      },
    );

    it('that is long, with a small result, is cut into slices', async () => {
      const { M, N, K } = { M: 9, N: 12, K: 1030 };
      const [a, b] = [normal('a', [K, M]), normal('b', [K, N])];
      const [x, dy] = [tf.tensor2d(a.data, [K, M]), tf.tensor2d(b.data, [K, N])];
      const zeros = { weight: tf.zeros([M, N]), bias: tf.zeros([N]) };
      const [, dWeight] = runKernel('LinearGrad', { dy, x, ...zeros }, { activation: 'none' });
      const expected = multiplied(a.data, b.data, { M, N, K, transposed: { a: true, b: false } });
      expect(maxRelativeError(await dWeight!.data(), expected)).toBeLessThan(TOLERANCE.op);
    });
  });

  it('attention to wide heads, whose keys and values have programs of their own, is what it is on plain', async () => {
    const [B, T, heads, D] = [1, 70, 1, 36]; // more than one block of queries and of keys
    const qkv = normal('qkv', [B, T, 3 * heads * D]);
    const upstream = normal('dy', [B, T, heads * D]);
    const results: Float32Array[][] = [];
    for (const name of ['plain', 'webgpu']) {
      await startBackend(name);
      const x = tf.tensor3d(qkv.data, [B, T, 3 * heads * D]);
      const attend = (x: tf.Tensor) => causalAttention(x as tf.Tensor3D, heads, { rate: 0.2, key: [5, 6] });
      const { value, grad } = tf.valueAndGrad(attend)(x, tf.tensor3d(upstream.data, [B, T, heads * D]));
      results.push([await value.data<'float32'>(), await grad.data<'float32'>()]);
    }
    const [[y, dqkv], [ours, gradient]] = results as [Float32Array[], Float32Array[]];
    expect(maxRelativeError(ours!, y!)).toBeLessThan(TOLERANCE.op);
    expect(maxRelativeError(gradient!, dqkv!)).toBeLessThan(TOLERANCE.gradient);
  });

  it('the loss of a few tokens at a time is that of all at once, and so are its gradients', async () => {
    const [N, C, V] = [7, 5, 12];
    const [x, weight, bias] = [normal('x', [N, C]), normal('w', [V, C]), normal('b', [V])].map(
      ({ data, shape }) => tf.tensor(data, shape),
    );
    const targets = tf.tensor1d([3, 0, -1, 11, 5, 5, -1], 'int32');
    const inputs = { x: x!, weight: weight!, bias: bias!, targets };
    const [whole, parts] = [N, 3].map((tokens) => lossInParts(inputs, true, tokens));
    for (const [i, info] of whole!.entries()) {
      const [expected, actual] = [await backend().read(info.dataId), await backend().read(parts![i]!.dataId)];
      expect(maxRelativeError(actual as Float32Array, expected as Float32Array)).toBeLessThan(TOLERANCE.op);
    }
    expect(whole).toHaveLength(4);
  });

  describe('training', () => {
    const SIZES = { context: 16, width: 16 };

    it('has the losses that it has on the CPU, dropout included, over 50 steps', async () => {
      const losses = async (name: string) => {
        await startBackend(name, { precision: 'fp32' });
        const trainee = new Trainee('gpt', SIZES);
        const all = await trainee.steps(50);
        trainee.dispose();
        return all;
      };
      const actual = await losses('webgpu');
      expect(actual.at(-1)).toBeLessThan(actual[0]! - 0.3);
      for (const name of nativeIsHere ? ['plain', 'native'] : ['plain'])
        for (const [step, loss] of (await losses(name)).entries())
          expect(Math.abs(actual[step]! - loss), `${name}, step ${step}`).toBeLessThan(1e-3);
      await startBackend('webgpu');
    });

    it('takes no more of the GPU’s memory from step to step', async () => {
      const trainee = new Trainee('gpt', SIZES);
      await trainee.steps(2);
      const held = () => ({ ...backend().memory(), buffers: backend().bufferManager.getNumUsedBuffers() });
      const before = held();
      await trainee.steps(3);
      expect(held()).toEqual(before);
      trainee.dispose();
    });
  });

  describe('what goes wrong on the GPU', () => {
    it('ends in an error that names what it refused', async () => {
      const device = await another();
      const watch = new DeviceWatch(device);
      watch.check();
      device.createShaderModule({ code: 'nonsense' });
      await device.queue.onSubmittedWorkDone();
      expect(() => watch.check()).toThrow(/^internal: the GPU refused a command: .*nonsense/s);
    });

    it('ends in words about the checkpoint when the GPU is lost: last, since this one is gone then', async () => {
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
});

async function another(): Promise<GPUDevice> {
  const found = await dawn();
  if ('reason' in found) throw new Error(found.reason);
  const adapter = await found.gpu.requestAdapter();
  expect(infoOf(adapter!).vendor).toBeTypeOf('string');
  return openDevice(adapter!);
}

// Programs of ours among tfjs's own kernels: their order, their place, and the memory they are given.
import { startBackend } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { backend, output } from '../../../src/backends/webgpu/memory.ts';
import { Program } from '../../../src/backends/webgpu/program.ts';
import { runKernel } from '../../../src/ops/kernel.ts';
import { missingGpu } from '../../on-backends.ts';
import { leavingNothing } from '../../ops/measure.ts';

describe.skipIf(missingGpu)(missingGpu ?? 'a program', () => {
  beforeAll(() => startBackend('webgpu'));

  const double = new Program({
    name: 'double',
    writes: { x: 'f32' },
    numbers: { size: 'u32' },
    threads: 1,
    body: 'if (group < n.size) { x[group] *= 2.0; }',
  });

  it('runs in the order of dispatch between kernels of tfjs, and works in place', async () => {
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

  it('writes to a variable that was never on the GPU, and to one that was read before', async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    double.run({ x: variable }, { size: 2 }, 2);
    expect([...(await variable.data())]).toEqual([2, 4]);
    const term = tf.tensor1d([10, 20]);
    runKernel('AccumulateInto', { into: variable, from: term });
    expect([...(await variable.data())]).toEqual([12, 24]);
    tf.dispose([variable, term]);
  });

  it('runs more workgroups than one dimension holds', async () => {
    const size = 65_535 + 100;
    const x = tf.ones([size]).add(0);
    double.run({ x }, { size }, size);
    expect((await x.sum().data())[0]).toBe(2 * size);
    x.dispose();
  });

  it('can be given the buffer of a disposed tensor whose commands are not submitted yet', async () => {
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

  it('throws an internal error where it is not given an array or a number that it names', () => {
    expect(() => double.run({}, { size: 1 }, 1)).toThrow('internal: double was not given x');
    const x = output([1]);
    expect(() => double.run({ x }, {}, 1)).toThrow('internal: double was not given size');
    backend().disposeData(x.dataId);
  });
});

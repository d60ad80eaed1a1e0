// Products of float16 on webgpu, on tensor cores where the GPU shows them and without: operands are rounded and nothing
// else, gradients keep their precision however small or large, and training goes as in float32.
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { startBackend } from '../../../../src/backends/index.ts';
import { tensorCoresWork } from '../../../../src/backends/webgpu/check-tensor-cores.ts';
import { webgpu } from '../../../../src/backends/webgpu/index.ts';
import { tiledMatMul } from '../../../../src/backends/webgpu/kernels/mat-mul/mat-mul.ts';
import { backend } from '../../../../src/backends/webgpu/memory.ts';
import { fromFloat16, toFloat16 } from '../../../../src/base/half.ts';
import { runKernel } from '../../../../src/ops/kernel.ts';
import { normal } from '../../../ops/op-case.ts';
import { TOLERANCE } from '../../../tolerances.ts';
import { Trainee } from '../../trainee.ts';
import { multiplied } from './multiplied.ts';

const probe = await webgpu.probe();
const half = webgpu.half?.();
const missing = !probe.usable
  ? `webgpu is not here: ${probe.reason}`
  : half?.usable
    ? undefined
    : `webgpu has no fp16 here: ${half?.reason}`;

describe.skipIf(missing)(missing ?? 'webgpu fp16', () => {
  beforeAll(() => startBackend('webgpu', { precision: 'fp16' }));

  const sizes = [
    { M: 130, N: 132, K: 36 }, // just above one large tile, four at a time
    { M: 65, N: 63, K: 17 }, // one at a time
    { M: 5, N: 200, K: 40 },
  ];
  const layouts = [false, true].flatMap((a) => [false, true].map((b) => ({ a, b })));
  const cases = sizes.flatMap((size) => layouts.map((transposed) => ({ ...size, transposed })));

  it.each(cases)(
    'a product of $M × $K by $K × $N, transposed: $transposed, is exact but for the rounded operands',
    async ({ transposed, ...sizes }) => {
      const { M, N, K } = sizes;
      const a = normal('a', transposed.a ? [K, M] : [M, K]);
      const b = normal('b', transposed.b ? [N, K] : [K, N]);
      const expected = multiplied(a.data.map(rounded), b.data.map(rounded), { ...sizes, transposed });
      const [left, right, ones] = [tf.tensor(a.data, a.shape), tf.tensor(b.data, b.shape), tf.ones([M, N])];
      for (const tile of M > 128 ? ([64, 128] as const) : ([64] as const)) {
        const y = ones.add(0);
        tiledMatMul(
          {
            a: { array: left, transposed: transposed.a },
            b: { array: right, transposed: transposed.b },
            ...sizes,
            y,
            accumulated: true,
          },
          tile,
        );
        const actual = Array.from(await y.data(), (value) => value - 1);
        expect(actual, `${tile}`).toAgree(expected, 'op');
        y.dispose();
      }
      tf.dispose([left, right, ones]);
    },
  );

  it.each([1e-20, 1e-6, 1, 1e12])('gradients of magnitude %d keep float16’s precision', async (size) => {
    const [N, I, O] = [9, 20, 24];
    const [x, weight, dy] = [normal('x', [N, I]), normal('w', [I, O]), normal('dy', [N, O])];
    const inputs = {
      x: tf.tensor(x.data, x.shape),
      weight: tf.tensor(weight.data, weight.shape),
      bias: tf.zeros([O]),
      dy: tf.tensor(
        dy.data.map((value) => value * size),
        dy.shape,
      ),
    };
    const [dx, dWeight] = runKernel('LinearGrad', inputs, { activation: 'none', wanted: ['x', 'weight'] });
    const sides = { a: false, b: true };
    const expected = multiplied(dy.data, weight.data, { M: N, N: I, K: O, transposed: sides });
    const actual = Array.from(await dx!.data(), (value) => value / size);
    expect(actual).toAgree(expected, 'fp16');
    const product = multiplied(x.data, dy.data, { M: I, N: O, K: N, transposed: { a: true, b: false } });
    const gradient = Array.from(await dWeight!.data(), (value) => value / size);
    expect(gradient).toAgree(product, 'fp16');
    tf.dispose(inputs);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'a gradient with %d in it stays not finite',
    async (value) => {
      const dy = tf.tensor2d([1, value, 3, 4, 5, 6], [3, 2]);
      const inputs = { dy, x: tf.ones([3, 2]), weight: tf.ones([2, 2]), bias: tf.zeros([2]) };
      const [, dWeight] = runKernel('LinearGrad', inputs, { activation: 'none', wanted: ['x', 'weight'] });
      expect([...(await dWeight!.data())].every(Number.isFinite)).toBe(false);
      tf.dispose(inputs);
    },
  );

  it('the tensor cores that products use multiply exactly', async ({ skip }) => {
    const { tensorCores } = backend().products;
    if (!tensorCores) return skip('the GPU shows none');
    expect(await tensorCoresWork(tensorCores)).toBe(true);
  });

  it('the losses of 20 steps are those of fp32 within rounding', async () => {
    const losses: number[][] = [];
    for (const precision of ['fp32', 'fp16'] as const) {
      await startBackend('webgpu', { precision });
      const trainee = new Trainee('gpt', { context: 16, width: 16 });
      losses.push(await trainee.steps(20));
      trainee.dispose();
    }
    const [exact, rounded] = losses as [number[], number[]];
    expect(rounded).not.toEqual(exact);
    for (const [step, loss] of rounded.entries())
      expect(Math.abs(loss - exact[step]!) / exact[step]!, `step ${step}`).toBeLessThan(
        TOLERANCE.trainedFp16,
      );
  });
});

function rounded(value: number): number {
  return fromFloat16(toFloat16(Float32Array.of(value)))[0]!;
}

// The matrix product by every program: both workgroup tiles, gemv, and split-K, beside a product in float64.
import { startBackend } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { matMul, tiledMatMul } from '../../../../src/backends/webgpu/kernels/mat-mul/mat-mul.ts';
import { runKernel } from '../../../../src/ops/kernel.ts';
import { missingGpu } from '../../../on-backends.ts';
import { normal } from '../../../ops/op-case.ts';
import { multiplied } from './multiplied.ts';

describe.skipIf(missingGpu)(missingGpu ?? 'matMul', () => {
  beforeAll(() => startBackend('webgpu'));

  const sizes: { M: number; N: number; K: number; tiles: (64 | 128)[] }[] = [
    { M: 130, N: 132, K: 20, tiles: [64, 128] }, // just above one large tile, four at a time
    { M: 65, N: 63, K: 17, tiles: [64, 128] }, // one at a time
    { M: 3, N: 200, K: 33, tiles: [] }, // gemv
    { M: 4, N: 37, K: 68, tiles: [64] },
  ];
  const layouts = [false, true].flatMap((a) => [false, true].map((b) => ({ a, b })));
  const cases = sizes.flatMap((size) => layouts.map((transposed) => ({ ...size, transposed })));

  it.each(cases)(
    'multiplies $M × $K by $K × $N, transposed: $transposed, in tiles of $tiles and by the program it chooses',
    async ({ M, N, K, tiles, transposed }) => {
      const a = normal('a', transposed.a ? [K, M] : [M, K]);
      const b = normal('b', transposed.b ? [N, K] : [K, N]);
      const expected = multiplied(a.data, b.data, { M, N, K, transposed });
      const [left, right] = [tf.tensor(a.data, a.shape), tf.tensor(b.data, b.shape)];
      for (const tile of [...tiles, undefined]) {
        const y = tf.zeros([M, N]).add(tf.scalar(1));
        const operands = {
          a: { array: left, transposed: transposed.a },
          b: { array: right, transposed: transposed.b },
        };
        const product = { ...operands, M, N, K, y, accumulated: true };
        if (tile) tiledMatMul(product, tile);
        else matMul(product);
        const actual = Array.from(await y.data(), (value) => value - 1);
        expect(actual, `${tile}`).toAgree(expected, 'op');
        y.dispose();
      }
      tf.dispose([left, right]);
    },
  );

  it('adds up the slices of split-K, for a small result and a long K', async () => {
    const { M, N, K } = { M: 9, N: 12, K: 1030 };
    const [a, b] = [normal('a', [K, M]), normal('b', [K, N])];
    const [x, dy] = [tf.tensor2d(a.data, [K, M]), tf.tensor2d(b.data, [K, N])];
    const zeros = { weight: tf.zeros([M, N]), bias: tf.zeros([N]) };
    const [, dWeight] = runKernel(
      'LinearGrad',
      { dy, x, ...zeros },
      { activation: 'none', wanted: ['x', 'weight'] },
    );
    const expected = multiplied(a.data, b.data, { M, N, K, transposed: { a: true, b: false } });
    expect(await dWeight!.data()).toAgree(expected, 'op');
  });
});

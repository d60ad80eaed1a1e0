// Flash attention to heads that are wider than those of the table of op cases.
import { startBackend } from 'tsgpt';
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { causalAttention } from '../../../../src/ops/index.ts';
import { missingGpu } from '../../../on-backends.ts';
import { normal } from '../../../ops/op-case.ts';

describe.skipIf(missingGpu)(missingGpu ?? 'causalAttention', () => {
  it('agrees with plain for wide heads, whose gradients of keys and of values are two passes', async () => {
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
    expect(ours!).toAgree(y!, 'op');
    expect(gradient!).toAgree(dqkv!, 'gradient');
  });
});

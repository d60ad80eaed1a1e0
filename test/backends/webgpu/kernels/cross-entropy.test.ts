// The loss from the logits of some tokens at a time.
import { startBackend } from 'tsgpt';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { lossInParts } from '../../../../src/backends/webgpu/kernels/cross-entropy.ts';
import { backend } from '../../../../src/backends/webgpu/memory.ts';
import { missingGpu } from '../../../on-backends.ts';
import { normal } from '../../../ops/op-case.ts';

describe.skipIf(missingGpu)(missingGpu ?? 'crossEntropy', () => {
  beforeAll(() => startBackend('webgpu'));

  it('has the same loss and gradients from three tokens at a time as from all at once', async () => {
    const [N, C, V] = [7, 5, 12];
    const [x, weight, bias] = [normal('x', [N, C]), normal('w', [V, C]), normal('b', [V])].map(
      ({ data, shape }) => tf.tensor(data, shape),
    );
    const targets = tf.tensor1d([3, 0, -1, 11, 5, 5, -1], 'int32');
    const inputs = { x: x!, weight: weight!, bias: bias!, targets };
    const [whole, parts] = [N, 3].map((tokens) => lossInParts(inputs, () => true, tokens));
    for (const [i, info] of whole!.entries()) {
      const [expected, actual] = [await backend().read(info.dataId), await backend().read(parts![i]!.dataId)];
      expect(actual as Float32Array).toAgree(expected as Float32Array, 'op');
    }
    expect(whole).toHaveLength(4);
  });
});

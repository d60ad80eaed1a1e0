// native's gatedConv beyond the table of op cases: its precision and weights in bfloat16, the number of threads, and what it
// refuses.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { holdWeightsAsBf16, startBackend } from '../../../src/backends/index.ts';
import { loadAddon, loadedAddon } from '../../../src/backends/native/addon.ts';
import { nativeEngine } from '../../../src/backends/native/index.ts';
import { gatedConv, gatedConvFrom } from '../../ops/case-builders.ts';
import { gradientsOf, outputsOf } from '../../ops/measure.ts';
import { type Arrays, mapValues, normal, toTensors } from '../../ops/op-case.ts';
import { nearestBf16 } from '../bf16.ts';

const state = loadAddon();
const missing = 'reason' in state ? state.reason : undefined;

const SIZES = { B: 13, T: 29, I: 19, H: 37, K: 3, dilation: 4 };

describe.skipIf(missing)(missing ?? 'native’s gatedConv', () => {
  beforeAll(() => startBackend('native', { precision: 'fp32' }));
  afterEach(() => {
    loadedAddon().addon.setThreads(loadedAddon().addon.cores());
    loadedAddon().addon.setBf16(false);
  });

  const whole = gatedConv(SIZES);
  const from = gatedConvFrom(SIZES);

  /** Outputs and gradients of a whole sequence, then outputs after given inputs. */
  async function everything(): Promise<Arrays[]> {
    const values = await outputsOf(whole);
    const upstream = mapValues(values, ({ shape }) => normal('upstream', shape));
    return [values, await gradientsOf(whole, upstream), await outputsOf(from)];
  }

  it.each([false, true])('does not depend on the number of threads, with bfloat16: %s', async (bf16) => {
    loadedAddon().addon.setBf16(bf16);
    const results: Arrays[][] = [];
    for (const threads of [1, 3]) {
      loadedAddon().addon.setThreads(threads);
      results.push(await everything());
    }
    expect(results[1]).toEqual(results[0]);
  });

  it('is nearly the same in bfloat16', async () => {
    const exact = await everything();
    loadedAddon().addon.setBf16(true);
    for (const [i, arrays] of (await everything()).entries())
      for (const [name, { data }] of Object.entries(arrays))
        expect(data, name).toAgree(exact[i]![name]!.data, 'bf16');
  });

  it('goes on with weights held as bfloat16', async () => {
    const rounded = mapValues(from.inputs, ({ shape, data }, name) => ({
      shape,
      data: name === 'weight' ? data.map(nearestBf16) : data,
    }));
    const tensors = toTensors(rounded, 'float32');
    const weight = tf.variable(tensors.weight!);
    holdWeightsAsBf16([weight]);
    const outputs = from.run({ ...tensors, weight });
    for (const [name, { data }] of Object.entries(from.reference(rounded)))
      expect(await outputs[name]!.data(), name).toAgree(data, 'op');
    tf.dispose([tensors, weight, outputs]);
  });

  describe('refuses each array that is too short', () => {
    const { B, T, I, H, K, dilation } = { B: 2, T: 5, I: 3, H: 7, K: 3, dilation: 2 };
    const [x, y, weight, bias, gates] = [B * T * I, B * T * H, K * I * 2 * H, 2 * H, B * T * 2 * H];
    /** Names of the arrays of a call, and their sizes. */
    const CALLS: Record<string, Record<string, number>> = {
      gatedConv: { x, weight, bias, y, gates },
      gatedConvGrad: { dy: y, x, weight, gates, dx: x, dWeight: weight, dBias: bias },
    };

    it.each(Object.entries(CALLS))('of %s', (op, arrays) => {
      const run = nativeEngine().ops[op as 'gatedConv'] as (...call: unknown[]) => void;
      const call = (short?: string) =>
        run(
          ...[B, T, I, H, K, dilation],
          ...Object.entries(arrays).map(([name, size]) => new Float32Array(name === short ? size - 1 : size)),
        );
      call();
      for (const [name, size] of Object.entries(arrays))
        expect(() => call(name)).toThrow(
          `${op}: expected ${name} to have ${size} elements, but got ${size - 1}`,
        );
    });
  });
});

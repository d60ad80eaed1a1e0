// What is asked of each layer's op on native beyond the table of op cases: its precision and weights in bfloat16, the number
// of threads, and that it refuses arrays that are too short.
import { afterEach, beforeAll, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { holdWeightsAsBf16, startBackend } from '../../../src/backends/index.ts';
import { loadAddon, loadedAddon } from '../../../src/backends/native/addon.ts';
import { nativeEngine } from '../../../src/backends/native/index.ts';
import { gradientsOf, outputsOf } from '../../ops/measure.ts';
import { type Arrays, mapValues, normal, type OpCase, toTensors } from '../../ops/op-case.ts';
import { nearestBf16 } from '../bf16.ts';

const state = loadAddon();
export const missing = 'reason' in state ? state.reason : undefined;

/** In fp32 on all cores, whatever a test before it has set. */
export function startNative(): void {
  beforeAll(() => startBackend('native', { precision: 'fp32' }));
  afterEach(() => {
    loadedAddon().addon.setThreads(loadedAddon().addon.cores());
    loadedAddon().addon.setBf16(false);
  });
}

/** `from` goes on from a given state, with these matrices held as bfloat16 too. */
export function itIsSound(whole: OpCase, from: OpCase, matrices: readonly string[]): void {
  /** Outputs and gradients of a whole sequence, then outputs and state from a given one. */
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
      data: matrices.includes(name) ? data.map(nearestBf16) : data,
    }));
    const tensors = toTensors(rounded, 'float32');
    const held = Object.fromEntries(matrices.map((name) => [name, tf.variable(tensors[name]!)]));
    holdWeightsAsBf16(Object.values(held));
    const outputs = from.run({ ...tensors, ...held });
    for (const [name, { data }] of Object.entries(from.reference(rounded)))
      expect(await outputs[name]!.data(), name).toAgree(data, 'op');
    tf.dispose([tensors, held, outputs]);
  });
}

/** Names of the arrays of each call, and their sizes; `sizesOf` gives what comes before them. */
export function itRefusesShortArrays(
  calls: Record<string, Record<string, number>>,
  sizesOf: (op: string) => readonly unknown[],
): void {
  it.each(Object.entries(calls))('of %s', (op, arrays) => {
    const run = nativeEngine().ops[op as 'rnn'] as (...call: unknown[]) => void;
    const call = (short?: string) =>
      run(
        ...sizesOf(op),
        ...Object.entries(arrays).map(([name, size]) => new Float32Array(name === short ? size - 1 : size)),
      );
    call();
    for (const [name, size] of Object.entries(arrays))
      expect(() => call(name)).toThrow(
        `${op}: expected ${name} to have ${size} elements, but got ${size - 1}`,
      );
  });
}

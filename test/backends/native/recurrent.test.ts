// native's recurrent layers beyond the table of op cases: their precision and weights in bfloat16, the number of threads,
// and what they refuse.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { holdWeightsAsBf16, startBackend } from '../../../src/backends/index.ts';
import { loadAddon, loadedAddon } from '../../../src/backends/native/addon.ts';
import { nativeEngine } from '../../../src/backends/native/index.ts';
import { gradientsOf, outputsOf } from '../../ops/measure.ts';
import { type Arrays, mapValues, normal, toTensors } from '../../ops/op-case.ts';
import { RECURRENT_KINDS, recurrent, recurrentFrom } from '../../ops/recurrent-cases.ts';
import { nearestBf16 } from '../bf16.ts';

const state = loadAddon();
const missing = 'reason' in state ? state.reason : undefined;

const SIZES = { B: 13, T: 7, I: 19, H: 37 };

describe.skipIf(missing)(missing ?? 'native’s recurrent layers', () => {
  beforeAll(() => startBackend('native', { precision: 'fp32' }));
  afterEach(() => {
    loadedAddon().addon.setThreads(loadedAddon().addon.cores());
    loadedAddon().addon.setBf16(false);
  });

  describe.each(RECURRENT_KINDS)('%s', (kind) => {
    const whole = recurrent(kind, SIZES);
    const from = recurrentFrom(kind, SIZES);

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
        data: /^(input|recurrent)$/.test(name) ? data.map(nearestBf16) : data,
      }));
      const tensors = toTensors(rounded, 'float32');
      const held = { input: tf.variable(tensors.input!), recurrent: tf.variable(tensors.recurrent!) };
      holdWeightsAsBf16(Object.values(held));
      const outputs = from.run({ ...tensors, ...held });
      for (const [name, { data }] of Object.entries(from.reference(rounded)))
        expect(await outputs[name]!.data(), name).toAgree(data, 'op');
      tf.dispose([tensors, held, outputs]);
    });
  });

  describe('refuses each array that is too short', () => {
    const { B, T, I, H } = { B: 2, T: 3, I: 5, H: 7 };
    const [x, y, state] = [B * T * I, B * T * H, B * H];
    const input = (gates: number) => I * gates * H;
    const recurrent = (gates: number) => H * gates * H;
    /** Names of the arrays of a call, and their sizes. */
    const CALLS: Record<string, Record<string, number>> = {
      rnn: { x, input: input(1), recurrent: recurrent(1), bias: H, y },
      rnnFrom: { x, input: input(1), recurrent: recurrent(1), bias: H, hidden: state, y, lastHidden: state },
      rnnGrad: {
        ...{ dy: y, x, input: input(1), recurrent: recurrent(1), y },
        ...{ dx: x, dInput: input(1), dRecurrent: recurrent(1), dBias: H, dGates: y, before: y },
      },
      gru: {
        ...{ x, input: input(3), recurrent: recurrent(3), bias: 3 * H, recurrentBias: H },
        ...{ y, gates: 3 * y, candidates: y },
      },
      gruFrom: {
        ...{ x, input: input(3), recurrent: recurrent(3), bias: 3 * H, recurrentBias: H, hidden: state },
        ...{ y, lastHidden: state, gates: 3 * y },
      },
      gruGrad: {
        ...{ dy: y, x, input: input(3), recurrent: recurrent(3), y, gates: 3 * y, candidates: y },
        ...{ dx: x, dInput: input(3), dRecurrent: recurrent(3), dBias: 3 * H, dRecurrentBias: H },
        ...{ dGates: 3 * y, dCandidates: y, before: y },
      },
      lstm: {
        ...{ x, input: input(4), recurrent: recurrent(4), bias: 4 * H, peepholes: 3 * H },
        ...{ y, gates: 4 * y, cells: y },
      },
      lstmFrom: {
        ...{ x, input: input(4), recurrent: recurrent(4), bias: 4 * H, peepholes: 3 * H },
        ...{ hidden: state, cell: state, y, lastHidden: state, lastCell: state, gates: 4 * y },
      },
      lstmGrad: {
        ...{
          dy: y,
          x,
          input: input(4),
          recurrent: recurrent(4),
          peepholes: 3 * H,
          y,
          gates: 4 * y,
          cells: y,
        },
        ...{ dx: x, dInput: input(4), dRecurrent: recurrent(4), dBias: 4 * H, dPeepholes: 3 * H },
        ...{ dGates: 4 * y, before: y },
      },
    };

    it.each(Object.entries(CALLS))('of %s', (op, arrays) => {
      const run = nativeEngine().ops[op as 'rnn'] as (...call: unknown[]) => void;
      const flags = op.endsWith('From') ? [false] : [];
      const call = (short?: string) =>
        run(
          ...[B, T, I, H, ...flags],
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

// native's LSTM beyond the table of op cases: its precision and weights in bfloat16, the number of threads, and what it
// refuses.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../../src/backends/index.ts';
import { loadAddon, loadedAddon } from '../../../src/backends/native/addon.ts';
import { nativeEngine } from '../../../src/backends/native/index.ts';
import { normal } from '../../ops/op-case.ts';
import { lstm as reference } from '../../ops/reference.ts';

const state = loadAddon();
const missing = 'reason' in state ? state.reason : undefined;

const [B, T, I, H] = [13, 7, 19, 37] as const;
const arrays = {
  x: normal('x', [B, T, I]),
  input: normal('input', [I, 4 * H], 1 / Math.sqrt(I)),
  recurrent: normal('recurrent', [H, 4 * H], 1 / Math.sqrt(H)),
  bias: normal('bias', [4 * H]),
  hidden: normal('hidden', [B, H]),
  cell: normal('cell', [B, H]),
};
const floats = ({ data }: { data: number[] }) => Float32Array.from(data);
const output = (size: number) => new Float32Array(size).fill(NaN);
const [x, input] = [floats(arrays.x), floats(arrays.input)];
const [recurrent, bias] = [floats(arrays.recurrent), floats(arrays.bias)];

/** The outputs, then the gradients of x and the weights. */
function thereAndBack(): Float32Array[] {
  const [y, gates, cells] = [output(B * T * H), output(B * T * 4 * H), output(B * T * H)];
  const gradients = [
    output(x.length),
    output(input.length),
    output(recurrent.length),
    output(4 * H),
  ] as const;
  const dy = floats(normal('dy', [B, T, H]));
  nativeEngine().ops.lstm(B, T, I, H, x, input, recurrent, bias, y, gates, cells);
  const work = [output(B * T * 4 * H), output(B * T * H)] as const;
  nativeEngine().ops.lstmGrad(B, T, I, H, dy, x, input, recurrent, y, gates, cells, ...gradients, ...work);
  return [y, ...gradients];
}

/** Outputs, hidden and cell. */
function goOn<Weight extends Float32Array | Uint16Array>(weights: readonly [Weight, Weight]): Float32Array[] {
  const results = [output(B * T * H), output(B * H), output(B * H)] as const;
  const start = [floats(arrays.hidden), floats(arrays.cell)] as const;
  nativeEngine().ops.lstmFrom(
    B,
    T,
    I,
    H,
    false,
    x,
    ...weights,
    bias,
    ...start,
    ...results,
    output(B * T * 4 * H),
  );
  return [...results];
}

describe.skipIf(missing)(missing ?? 'native’s LSTM', () => {
  beforeAll(() => startBackend('native', { precision: 'fp32' }));
  afterEach(() => {
    loadedAddon().addon.setThreads(loadedAddon().addon.cores());
    loadedAddon().addon.setBf16(false);
  });

  it.each([false, true])('does not depend on the number of threads, with bfloat16: %s', (bf16) => {
    loadedAddon().addon.setBf16(bf16);
    const [one, three] = [1, 3].map((threads) => {
      loadedAddon().addon.setThreads(threads);
      return [...thereAndBack(), ...goOn([input, recurrent])];
    });
    expect(three).toEqual(one);
  });

  it('is nearly the same in bfloat16', () => {
    const exact = thereAndBack();
    loadedAddon().addon.setBf16(true);
    for (const [i, values] of thereAndBack().entries()) expect(values).toAgree(exact[i]!, 'bf16');
  });

  it('goes on with weights held as bfloat16', () => {
    const rounded = (weight: Float32Array) => {
      const halves = new Uint16Array(weight.length);
      nativeEngine().ops.toBf16(weight.length, weight, halves);
      return halves;
    };
    const held = [rounded(input), rounded(recurrent)] as const;
    const [wideInput, wideRecurrent] = held.map((halves) =>
      Array.from(new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer)),
    );
    const expected = reference({
      ...arrays,
      input: { ...arrays.input, data: wideInput! },
      recurrent: { ...arrays.recurrent, data: wideRecurrent! },
    });
    const [outputs, hidden, cell] = goOn(held);
    expect(outputs!).toAgree(expected.outputs.data, 'op');
    expect(hidden!).toAgree(expected.hidden.data, 'op');
    expect(cell!).toAgree(expected.cell.data, 'op');
  });

  it('refuses arrays of the wrong size', () => {
    const short = () => goOn([input, recurrent.subarray(1)]);
    expect(short).toThrow(
      `lstmFrom: expected recurrent to have ${H * 4 * H} elements, but got ${H * 4 * H - 1}`,
    );
  });
});

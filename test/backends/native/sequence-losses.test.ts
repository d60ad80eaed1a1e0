// native's losses of whole sequences beyond the table of op cases: the number of threads, a call without gradients, and what
// they refuse.
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { loadedAddon } from '../../../src/backends/native/addon.ts';
import { nativeEngine } from '../../../src/backends/native/index.ts';
import { gradientsOf, outputsOf } from '../../ops/measure.ts';
import { type OpCase, tensorsOf, whole } from '../../ops/op-case.ts';
import { crfLoss, ctcLoss } from '../../ops/sequence-cases.ts';
import { missing, startNative } from './op-on-native.ts';

const lengths = whole('lengths', [37], 50).data;
const CASES = [
  crfLoss({ T: 50, K: 19, lengths }),
  ctcLoss({ T: 50, V: 19, rows: lengths.map((length, b) => [length, b < length ? [1 + (b % 18)] : []]) }),
];

type Argument = number | Float32Array | Int32Array | null;

/** Each argument's name and value, in order; of sizes that are all unlike. */
const CALLS: Record<'crfLoss' | 'ctcLoss', Record<string, Argument>> = {
  crfLoss: {
    ...{ B: 2, T: 5, K: 3 },
    ...{ scores: new Float32Array(30), transitions: new Float32Array(9) },
    ...{ start: new Float32Array(3), end: new Float32Array(3) },
    ...{ tags: new Int32Array(10), lengths: Int32Array.of(5, 0) },
    ...{ dScores: new Float32Array(30), dTransitions: new Float32Array(9) },
    ...{ dStart: new Float32Array(3), dEnd: new Float32Array(3) },
  },
  ctcLoss: {
    ...{ B: 2, T: 5, V: 3, U: 4, blank: 0, logits: new Float32Array(30) },
    ...{ inputLengths: Int32Array.of(5, 3), targets: Int32Array.of(1, 2, 1, 2, 2, 2, -1, -1) },
    ...{ targetLengths: Int32Array.of(4, 2), dLogits: new Float32Array(30) },
  },
};

function run(op: keyof typeof CALLS, changed: Record<string, Argument> = {}): number {
  const call = nativeEngine().ops[op] as (...call: Argument[]) => number;
  return call(...Object.values({ ...CALLS[op], ...changed }));
}

describe.skipIf(missing)(missing ?? 'native’s', () => {
  startNative();

  describe.each(CASES)('$op', (opCase: OpCase) => {
    it('does not depend on the number of threads', async () => {
      const results = [];
      for (const threads of [1, 3]) {
        loadedAddon().addon.setThreads(threads);
        results.push([
          await outputsOf(opCase),
          await gradientsOf(opCase, { loss: { shape: [], data: [0.7] } }),
        ]);
      }
      expect(results[1]).toEqual(results[0]);
    });

    it('is the same without a gradient', () => {
      tf.tidy(() => {
        const tensors = tensorsOf(opCase);
        const name = opCase.differentiable[0]!;
        const recorded = tf.valueAndGrad((x) => opCase.run({ ...tensors, [name]: x }).loss!)(tensors[name]!);
        expect(opCase.run(tensors).loss!.dataSync()).toEqual(recorded.value.dataSync());
      });
    });

    it('is not a number where an input is not', () => {
      tf.tidy(() => {
        const tensors = tensorsOf(opCase);
        const name = opCase.differentiable[0]!;
        const spoilt = tensors[name]!.add(Number.NaN);
        expect(opCase.run({ ...tensors, [name]: spoilt }).loss!.dataSync()).toEqual(Float32Array.of(NaN));
      });
    });
  });

  it.each(Object.keys(CALLS) as (keyof typeof CALLS)[])('%s refuses each array that is too short', (op) => {
    expect(run(op)).toBeGreaterThan(0);
    for (const [name, value] of Object.entries(CALLS[op])) {
      if (!ArrayBuffer.isView(value)) continue;
      expect(() => run(op, { [name]: value.slice(1) })).toThrow(
        `${op}: expected ${name} to have ${value.length} elements, but got ${value.length - 1}`,
      );
    }
  });

  it.each<[keyof typeof CALLS, string, Record<string, Argument>, string]>([
    [
      'crfLoss',
      'a negative length',
      { lengths: Int32Array.of(5, -1) },
      'expected lengths from 0 to 5, but got -1',
    ],
    [
      'crfLoss',
      'a length beyond the steps',
      { lengths: Int32Array.of(6, 0) },
      'expected lengths from 0 to 5, but got 6',
    ],
    ['crfLoss', 'a tag too large', { tags: new Int32Array(10).fill(3) }, 'expected tags below 3, but got 3'],
    ['crfLoss', 'a negative tag', { tags: new Int32Array(10).fill(-1) }, 'expected tags below 3, but got -1'],
    [
      'crfLoss',
      'some gradients alone',
      { dScores: null },
      'expected dTransitions to have 0 elements, but got 9',
    ],
    ['ctcLoss', 'a blank too large', { blank: 3 }, 'expected a blank below 3, but got 3'],
    [
      'ctcLoss',
      'a length of an input beyond its steps',
      { inputLengths: Int32Array.of(6, 3) },
      'expected lengths from 0 to 5, but got 6',
    ],
    [
      'ctcLoss',
      'a negative length',
      { targetLengths: Int32Array.of(-1, 2) },
      'expected lengths from 0 to 4, but got -1',
    ],
    [
      'ctcLoss',
      'a target too large',
      { targets: new Int32Array(8).fill(3) },
      'expected targets below 3, but got 3',
    ],
    [
      'ctcLoss',
      'a blank as a target',
      { targets: new Int32Array(8) },
      'expected targets without the blank 0',
    ],
    [
      'ctcLoss',
      'too short an input',
      { inputLengths: Int32Array.of(5, 2) },
      'expected an input of at least 3 steps for target 1, of length 2, but got 2',
    ],
  ])('%s refuses %s', (op, _, changed, message) => {
    expect(() => run(op, changed)).toThrow(`${op}: ${message}`);
  });
});

// CTC against brute force over all alignments: loss, gradient, and decoding; and what the table of op cases does not show:
// padding, and what is refused.
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import * as ops from '../../src/ops/index.ts';
import { ctcBeam, ctcGreedy } from '../../src/sampling/ctc.ts';
import { testBackends } from './backends.ts';
import { ctcByBruteForce, sequences } from './brute-force.ts';
import { partialDerivative } from './finite-differences.ts';
import { type Arrays, normal, whole } from './op-case.ts';
import { logSumExp, range, ctcLoss as reference, sum } from './sequence-reference.ts';

const [T, V] = [6, 3];
const LOGITS = normal('logits', [1, T, V], 1.5);

/** (T, V), row by row. */
function logProbsOf(logits: number[], width = V): number[][] {
  return range(logits.length / width).map((t) => {
    const row = logits.slice(t * width, (t + 1) * width);
    return row.map((v) => v - logSumExp(row));
  });
}

const values = (ids: number[]) => ({ shape: [1, ids.length], data: ids });
const length = (count: number) => ({ shape: [1], data: [count] });

/** Every target of up to three ids that six steps have room for, and where the blank stands. */
const TARGETS = [0, 2].flatMap((blank) =>
  range(4).flatMap((U) =>
    sequences(U, V)
      .filter((target) => !target.includes(blank))
      .map((target) => ({ blank, target })),
  ),
);

it('the float64 reference gives every target what brute force does', () => {
  expect(TARGETS.length).toBe(2 * (1 + 2 + 4 + 8));
  for (const { blank, target } of TARGETS) {
    const logProb = ctcByBruteForce(logProbsOf(LOGITS.data), blank).get(target.join(' '))!;
    const { data } = reference(LOGITS, length(T), values(target), length(target.length), blank);
    expect(data[0]).toBeCloseTo(-logProb / Math.max(1, target.length), 12);
  }
});

it('a target needs a step for each id, and one between equal ones', () => {
  expect([[], [1], [1, 2, 1], [1, 1], [1, 1, 1, 2, 2]].map(ops.stepsFor)).toEqual([0, 1, 3, 3, 8]);
});

describe('ctcBeam', () => {
  it('of a wide beam finds all targets, each as likely as brute force says, the likeliest first', () => {
    for (const blank of [0, 1, 2]) {
      const logProbs = logProbsOf(normal(`beam ${blank}`, [T, V]).data);
      const all = ctcByBruteForce(logProbs, blank);
      const found = ctcBeam(Float32Array.from(logProbs.flat()), V, { blank, width: 1000 });
      const likeliest = [...all].sort(([, a], [, b]) => b - a);
      expect(found.map(({ tokens }) => tokens.join(' '))).toEqual(likeliest.map(([target]) => target));
      for (const { tokens, logProbability } of found)
        expect(logProbability).toBeCloseTo(all.get(tokens.join(' '))!, 5);
    }
  });

  it('of a narrow beam finds the same best target where one stands out, and no more targets than its width', () => {
    const ids = whole('ids', [40], 5).data;
    const logProbs = logProbsOf(
      ids.flatMap((id) => range(5).map((v) => (v === id ? 6 : 0))),
      5,
    ).flat();
    const found = ctcBeam(Float32Array.from(logProbs), 5, { blank: 0, width: 4 });
    expect(found.length).toBe(4);
    expect(found[0]!.tokens).toEqual(ctcGreedy(Float32Array.from(logProbs), 5, 0));
  });

  it('adds up alignments, of which no single one is the likeliest', () => {
    // Each alignment of "1" is less likely than two blanks, all three together are not (Graves 2006).
    const logProbs = Float32Array.from([0.6, 0.4, 0.6, 0.4], Math.log);
    expect(ctcGreedy(logProbs, 2, 0)).toEqual([]);
    const [best] = ctcBeam(logProbs, 2, { blank: 0, width: 2 });
    expect(best!.tokens).toEqual([1]);
    expect(Math.exp(best!.logProbability)).toBeCloseTo(0.64, 6);
  });

  it('says nothing of no input, and leaves out what cannot be', () => {
    expect(ctcBeam(new Float32Array(0), 3, { blank: 0, width: 3 })).toEqual([
      { tokens: [], logProbability: 0 },
    ]);
    const sure = Float32Array.of(-Infinity, 0, -Infinity);
    expect(ctcBeam(sure, 3, { blank: 0, width: 3 })).toEqual([{ tokens: [1], logProbability: 0 }]);
  });

  it.each<[string, () => unknown, string]>([
    [
      'a width of 0',
      () => ctcBeam(new Float32Array(3), 3, { blank: 0, width: 0 }),
      'ctcBeam: expected a width of 1 or more, but got 0',
    ],
    [
      'half a row',
      () => ctcGreedy(new Float32Array(4), 3, 0),
      'ctcGreedy: expected rows of 3 numbers, but got 4 numbers',
    ],
    [
      'a blank beyond the ids',
      () => ctcGreedy(new Float32Array(3), 3, 3),
      'ctcGreedy: expected a blank below 3, but got 3',
    ],
  ])('refuses %s', (_, run, message) => {
    expect(run).toThrow(message);
  });
});

const { present } = await testBackends();

describe.each(present)('ctcLoss on $name', (backend) => {
  beforeAll(() => backend.start());

  const lossOf = (logits: tf.Tensor, target: number[], blank: number) =>
    ops.ctcLoss(
      logits as tf.Tensor3D,
      tf.tensor1d([T], 'int32'),
      tf.tensor2d(target.length > 0 ? target : [blank], [1, Math.max(1, target.length)], 'int32'),
      tf.tensor1d([target.length], 'int32'),
      { blank },
    );

  it('gives targets what brute force does, and their gradients its slopes', async () => {
    for (const { blank, target } of TARGETS.filter((_, i) => i % 4 === 0)) {
      const byBruteForce = ({ logits }: Arrays) =>
        -ctcByBruteForce(logProbsOf(logits!.data), blank).get(target.join(' '))! / Math.max(1, target.length);
      const inputs = { logits: LOGITS };
      const { value, grad } = tf.valueAndGrad((logits) => lossOf(logits, target, blank))(
        tf.tensor3d(LOGITS.data, [1, T, V]),
      );
      expect(await value.data()).toAgree([byBruteForce(inputs)], backend.tolerance.value);
      const slopes = range(T * V).map((i) => partialDerivative(byBruteForce, inputs, 'logits', i));
      expect(await grad.data()).toAgree(slopes, backend.tolerance.gradient);
    }
  });

  it('does not see what stands after a row’s lengths', async () => {
    const of = (padding: number, id: number) => {
      const logits = [...LOGITS.data, ...LOGITS.data.map((v, i) => (i < 4 * V ? v : padding))];
      return tf.valueAndGrad((logits) =>
        ops.ctcLoss(
          logits as tf.Tensor3D,
          tf.tensor1d([T, 4], 'int32'),
          tf.tensor2d([1, 2, 2, 2, id, id], [2, 3], 'int32'),
          tf.tensor1d([3, 1], 'int32'),
          { blank: 0 },
        ),
      )(tf.tensor3d(logits, [2, T, V]));
    };
    const bits = async ({ value, grad }: ReturnType<typeof of>) => [await value.data(), await grad.data()];
    const zeros = await bits(of(0, 0));
    expect(await bits(of(3e4, 1))).toEqual(zeros);
    expect(await bits(of(Number.NaN, -1))).toEqual(zeros);
    const after = zeros[1]!.slice((T + 4) * V);
    expect([...after].map(Math.abs)).toEqual(Array(2 * V).fill(0));
  });

  it('of both halves is, by their lengths, the loss of a batch', async () => {
    const [a, b] = [[1, 2, 1], [2]] as const;
    const logits = tf.tensor3d(LOGITS.data, [1, T, V]);
    const whole = ops.ctcLoss(
      tf.concat([logits, logits]),
      tf.tensor1d([T, T], 'int32'),
      tf.tensor2d([...a, ...b, 0, 0], [2, 3], 'int32'),
      tf.tensor1d([3, 1], 'int32'),
      { blank: 0 },
    );
    const parts = [lossOf(logits, [...a], 0), lossOf(logits, [...b], 0)].map((loss) => loss.data());
    const [first, second] = await Promise.all(parts);
    expect(await whole.data()).toAgree([sum([3 * first![0]!, second![0]!]) / 4], backend.tolerance.value);
  });
});

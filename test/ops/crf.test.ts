// The CRF against brute force over all sequences of tags: loss, marginals, the best tags, and what is forbidden; and what
// the table of op cases does not show: padding, length, and what is refused.
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import * as ops from '../../src/ops/index.ts';
import { viterbi } from '../../src/sampling/viterbi.ts';
import { testBackends } from './backends.ts';
import { sequences } from './brute-force.ts';
import { leavingNothing } from './measure.ts';
import { normal } from './op-case.ts';
import type { Values } from './reference.ts';
import { type CrfArrays, crfWeight, logSumExp, crfLoss as reference, sum } from './sequence-reference.ts';

const [T, K] = [5, 3];
const LENGTHS = [5, 3, 1];
const B = LENGTHS.length;
const ARRAYS: CrfArrays = {
  scores: normal('scores', [B, T, K]),
  transitions: normal('transitions', [K, K]),
  start: normal('start', [K]),
  end: normal('end', [K]),
};
/** Tag 2 comes only after 1, as the inside of a chunk after its beginning, and never first. */
const ALLOWED: ops.CrfAllowed = {
  transitions: Uint8Array.of(1, 1, 0, 1, 1, 1, 1, 1, 1),
  start: Uint8Array.of(1, 1, 0),
};
const TAGS = { shape: [B, T], data: [0, 1, 2, 2, 0, 1, 2, 0, -1, -1, 1, -1, -1, -1, -1] };

const isAllowed = (tags: number[]) =>
  ALLOWED.start[tags[0]!] === 1 && tags.slice(1).every((tag, t) => ALLOWED.transitions[tags[t]! * K + tag]);

/** Row b's sequences of tags, each with what it weighs. */
function weighed(b: number, allowed?: ops.CrfAllowed, arrays = ARRAYS): { tags: number[]; weight: number }[] {
  return sequences(LENGTHS[b]!, K)
    .filter((tags) => !allowed || isAllowed(tags))
    .map((tags) => ({ tags, weight: crfWeight(arrays, b, tags) }));
}

function lossByBruteForce(allowed?: ops.CrfAllowed): number {
  const losses = LENGTHS.map((length, b) => {
    const own = crfWeight(ARRAYS, b, TAGS.data.slice(b * T, b * T + length));
    return logSumExp(weighed(b, allowed).map(({ weight }) => weight)) - own;
  });
  return sum(losses) / sum(LENGTHS);
}

function marginalsByBruteForce(allowed?: ops.CrfAllowed): number[] {
  const marginals = Array<number>(B * T * K).fill(0);
  for (const b of LENGTHS.keys()) {
    const all = weighed(b, allowed);
    const total = logSumExp(all.map(({ weight }) => weight));
    for (const { tags, weight } of all)
      for (const [t, tag] of tags.entries()) marginals[(b * T + t) * K + tag]! += Math.exp(weight - total);
  }
  return marginals;
}

const floats = ({ shape, data }: Values) => tf.tensor(data, shape);
const lengths = () => tf.tensor1d(LENGTHS, 'int32');
const tags = () => tf.tensor2d(TAGS.data, [B, T], 'int32');
const weights = () =>
  ({
    transitions: floats(ARRAYS.transitions),
    start: floats(ARRAYS.start),
    end: floats(ARRAYS.end),
  }) as ops.CrfWeights;
const scores = () => floats(ARRAYS.scores) as tf.Tensor3D;

const MASKS = [
  { which: 'all transitions', allowed: undefined },
  { which: 'some forbidden', allowed: ALLOWED },
];

it('the float64 reference is what brute force gives', () => {
  const { data } = reference(ARRAYS, TAGS, { shape: [B], data: LENGTHS });
  expect(data[0]).toBeCloseTo(lossByBruteForce(), 12);
});

describe.each(MASKS)('viterbi with $which', ({ allowed }) => {
  it('finds the tags that brute force finds, and −1 after a row’s length', () => {
    const numbers = { transitions: ARRAYS.transitions.data, start: ARRAYS.start.data, end: ARRAYS.end.data };
    for (let draw = 0; draw < 20; draw++) {
      const scores = normal(`scores ${draw}`, [B, T, K]);
      const found = viterbi(Float32Array.from(scores.data), [B, T, K], LENGTHS, numbers, allowed);
      const best = LENGTHS.flatMap((length, b) => [
        ...weighed(b, allowed, { ...ARRAYS, scores }).reduce((a, b) => (b.weight > a.weight ? b : a)).tags,
        ...Array(T - length).fill(-1),
      ]);
      expect([...found]).toEqual(best);
    }
  });
});

describe('viterbi', () => {
  const none = { transitions: [0, 0, 0, 0], start: [0, 0], end: [0, 0] };

  it('says so where no tags are allowed', () => {
    const allowed = { transitions: new Uint8Array(4), start: Uint8Array.of(1, 1) };
    const run = (T: number) => viterbi(new Float32Array(2 * T), [1, T, 2], [T], none, allowed);
    expect([...run(1)]).toEqual([0]);
    expect(() => run(2)).toThrow('viterbi: no sequence of 2 tags is allowed');
  });

  it('refuses another number of scores', () => {
    expect(() => viterbi(new Float32Array(5), [1, 3, 2], [3], none)).toThrow(
      'viterbi: expected 1 · 3 · 2 scores, but got 5',
    );
  });
});

const { present } = await testBackends();

describe.each(present)('crfLoss on $name', (backend) => {
  beforeAll(() => backend.start());

  describe.each(MASKS)('with $which', ({ allowed }) => {
    it('is what brute force gives', () =>
      leavingNothing(async () => {
        const loss = tf.tidy(() => ops.crfLoss(scores(), tags(), lengths(), weights(), allowed));
        expect(await loss.data()).toAgree([lossByBruteForce(allowed)], 'op');
        loss.dispose();
      }));

    it('has the marginals that brute force gives', () =>
      leavingNothing(async () => {
        const marginals = tf.tidy(() => ops.crfMarginals(scores(), lengths(), weights(), allowed));
        expect(marginals.shape).toEqual([B, T, K]);
        expect(await marginals.data()).toAgree(marginalsByBruteForce(allowed), 'op');
        marginals.dispose();
      }));
  });

  it('gives what is forbidden no gradient, and says of forbidden tags that they are very unlikely', async () => {
    const forbidden = tf.tensor2d([0, 2, 0, 0, 0, ...TAGS.data.slice(T)], [B, T], 'int32');
    const of = (tags: tf.Tensor2D) => (transitions: tf.Tensor, start: tf.Tensor) => {
      const given = { ...weights(), transitions: transitions as tf.Tensor2D, start: start as tf.Tensor1D };
      return ops.crfLoss(scores(), tags, lengths(), given, ALLOWED);
    };
    const { transitions, start } = weights();
    for (const chosen of [tags(), forbidden]) {
      const { value, grads } = tf.valueAndGrads(of(chosen))([transitions, start]);
      const [dTransitions, dStart] = [await grads[0]!.data(), await grads[1]!.data()];
      expect(Math.abs(dTransitions[2]!)).toBe(0);
      expect(Math.abs(dStart[2]!)).toBe(0);
      expect([...dTransitions, ...dStart].every(Number.isFinite)).toBe(true);
      expect([...dTransitions].filter((slope) => slope !== 0).length).toBeGreaterThan(5);
      const loss = (await value.data())[0]!;
      if (chosen === forbidden) expect(loss > 1e9 && Number.isFinite(loss)).toBe(true);
    }
  });

  it('does not see what stands after a row’s length', async () => {
    const of = (padding: number) => {
      const filled = ARRAYS.scores.data.map((v, i) => {
        const [b, t] = [Math.floor(i / (T * K)), Math.floor(i / K) % T];
        return t < LENGTHS[b]! ? v : padding;
      });
      return tf.valueAndGrads((given, transitions) =>
        ops.crfLoss(given as tf.Tensor3D, tags(), lengths(), {
          ...weights(),
          transitions: transitions as tf.Tensor2D,
        }),
      )([tf.tensor3d(filled, [B, T, K]), weights().transitions]);
    };
    const bits = async ({ value, grads }: ReturnType<typeof of>) =>
      Promise.all([value, ...grads].map((tensor) => tensor.data()));
    const [zeros, large, none] = [await bits(of(0)), await bits(of(3e4)), await bits(of(Number.NaN))];
    expect(large).toEqual(zeros);
    expect(none).toEqual(zeros);
    const afterSecond = zeros[1]!.slice((T + LENGTHS[1]!) * K, 2 * T * K);
    expect([...afterSecond].map(Math.abs)).toEqual(Array(afterSecond.length).fill(0));
  });
});

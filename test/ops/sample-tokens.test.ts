// sampleTokens picks what sampleToken does, wherever it runs. A GPU's numbers are float32's: it is asked for picks that stay
// the same when the random number and the cut-offs move a little.

import { describe, expect, it, vi } from 'vitest';
import * as tf from '#tfjs';
import { keyFor, Stream } from '../../src/base/random.ts';
import { sampleTokens, type TokenOptions, type TokenRow } from '../../src/ops/index.ts';
import { hasKernel } from '../../src/ops/kernel.ts';
import { sampleToken } from '../../src/ops/sample-token.ts';
import { describeOnAllBackends } from '../on-backends.ts';
import { leavingNothing } from './measure.ts';

const PLAIN: TokenOptions = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
const NOTHING: ReadonlySet<number> = new Set();
const LITTLE = 1e-5;

interface Case extends TokenRow {
  logits: number[];
}

/** Logits as they come, many equal ones, and two of three ruled out. */
const KINDS: ((random: Stream, id: number) => number)[] = [
  (random) => Math.fround(3 * random.normal()),
  (random) => random.below(4) - 1,
  (random, id) => (id % 3 === 0 ? Math.fround(3 * random.normal()) : -Infinity),
];

describeOnAllBackends(() => {
  it.each([1, 2, 65, 1000])('of %d tokens, with all kinds of logits and settings', async (known) => {
    const random = new Stream(keyFor(known, 'picks'));
    const all = combinations(known);
    await leavingNothing(async () => {
      // Rows beside one another have options of their own.
      for (const i of all.keys())
        await expectAgreement(
          random,
          known,
          KINDS.map((_, row) => all[(i + 7 * row) % all.length]!),
        );
    });
  });

  it('of a vocabulary like GPT-2’s', async () => {
    const random = new Stream(keyFor(1, 'large'));
    for (const topP of [1, 0.95])
      for (const topK of [0, 200])
        await expectAgreement(
          random,
          50257,
          [1.2, 1, 1.2].map((repetitionPenalty) => ({ ...PLAIN, topK, topP, repetitionPenalty })),
        );
  });

  describe('by hand', () => {
    const logits = [5, 700, 699, -700, 700];
    it.each<[Partial<TokenOptions>, number]>([
      [{ temperature: 0 }, 1], // the first of the likeliest
      [{ temperature: 1e-300 }, 4],
      [{ temperature: 5e-324 }, 4],
      [{ topP: 1e-300 }, 1],
      [{ topP: 0.4 }, 1], // of equal ones the lower id
      [{ topK: 1 }, 4], // all that tie
      [{ topK: 2 ** 40 }, 4],
      [{ minP: 1 }, 4],
    ])('%j', async (options, expected) => {
      const row = { options: { ...PLAIN, ...options }, logits, seen: NOTHING, uniform: 0.999 };
      expect((await pick([row])).picks).toEqual([expected]);
    });
  });

  it('keeps apart logits of any size, also where float32 cannot hold what becomes of them', async () => {
    const far = { options: PLAIN, logits: [3e38, -3e38], seen: NOTHING, uniform: 0.999 };
    expect((await pick([far])).picks).toEqual([0]);
    const options = { ...PLAIN, repetitionPenalty: 0.1 };
    const overflowing = { options, logits: [1e38, 3e38], seen: new Set([0, 1]), uniform: 0.5 };
    expect((await pick([overflowing])).picks).toEqual([1]);
  });

  it('draws the last possible token with the largest random number', async () => {
    const logits = [0, 1, 0.5, -Infinity, -Infinity];
    const row = { options: PLAIN, logits, seen: NOTHING, uniform: 1 - 2 ** -53 };
    expect((await pick([row])).picks).toEqual([2]);
  });

  it.each([
    [[0, Number.NaN, 1], 'token 1 has NaN'],
    [[Infinity, 0, 1], 'token 0 has Infinity'],
    [[-Infinity, -Infinity, -Infinity], 'no token has one'],
  ])('refuses %j', async (broken, message) => {
    for (const temperature of [0, 1]) {
      const logits = tf.tensor2d([[0, 2, 1], broken]);
      const row = { options: { ...PLAIN, temperature }, seen: NOTHING, uniform: 0.5 };
      await expect(sampleTokens(logits, 3, [row, row])).rejects.toThrow(message);
      logits.dispose();
    }
  });

  it('refuses rows that are not one for each of the logits', async () => {
    const row = { options: PLAIN, seen: NOTHING, uniform: 0.5 };
    const logits = tf.zeros<tf.Rank.R2>([2, 3]);
    await expect(sampleTokens(logits, 3, [row])).rejects.toThrow('sampleTokens: expected 2 rows, but got 1');
    logits.dispose();
  });
});

function combinations(known: number): TokenOptions[] {
  const all: TokenOptions[] = [];
  for (const repetitionPenalty of [1, 1.3]) {
    all.push({ ...PLAIN, temperature: 0, repetitionPenalty });
    for (const topK of [0, 1, Math.ceil(known / 3)])
      for (const topP of [1, 0.9, 0.4])
        for (const minP of [0, 0.1])
          all.push({ temperature: 0.5 + (all.length % 3) / 2, topK, topP, minP, repetitionPenalty });
  }
  return all;
}

/** On a row of each kind, each with options of its own; where the backend picks, without reading the logits. */
async function expectAgreement(random: Stream, known: number, options: TokenOptions[]): Promise<void> {
  const cases = KINDS.map((logit, row) => settledCase(random, known, logit, options[row]!));
  const { picks, read } = await pick(cases);
  expect(picks, JSON.stringify(options)).toEqual(cases.map(({ expected }) => expected));
  expect(read).toBe(!hasKernel('SampleTokens'));
}

/** Logits and a random number whose pick does not hang on float32's rounding. */
function settledCase(random: Stream, known: number, logit: (typeof KINDS)[number], options: TokenOptions) {
  for (;;) {
    const logits = Array.from({ length: known }, (_, id) => logit(random, id));
    const seen = new Set(Array.from({ length: random.below(90) }, () => random.below(known)));
    const uniform = random.uniform();
    const moved = (share: number, by: number) => (share === 1 ? 1 : share * (1 + by));
    const picks = [-LITTLE, 0, LITTLE].flatMap((by) => {
      const near = { ...options, topP: moved(options.topP, by), minP: moved(options.minP, by) };
      return [-LITTLE, LITTLE].map((u) => sampleToken(Float32Array.from(logits), near, seen, uniform + u));
    });
    if (new Set(picks).size === 1) return { options, logits, seen, uniform, expected: picks[0]! };
  }
}

/** Over a padded vocabulary, whose further logits would win, or break. */
async function pick(cases: Case[]): Promise<{ picks: number[]; read: boolean }> {
  const known = cases[0]!.logits.length;
  const logits = tf.tensor2d(cases.map((each) => [...each.logits, 99, Number.NaN]));
  const reading = vi.spyOn(logits, 'data');
  const rows = cases.map((each) => ({ ...each, seen: new Set([...each.seen, known, known + 1]) }));
  const picks = [...(await sampleTokens(logits, known, rows))];
  logits.dispose();
  return { picks, read: reading.mock.calls.length > 0 };
}

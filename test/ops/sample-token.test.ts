import { describe, expect, it } from 'vitest';
import { keyFor, Stream } from '../../src/base/random.ts';
import { sampleToken, type TokenOptions } from '../../src/ops/sample-token.ts';

const PLAIN: TokenOptions = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
const NONE: ReadonlySet<number> = new Set();
const { log } = Math;

function pick(logits: number[], options: Partial<TokenOptions>, uniform: number, seen = NONE): number {
  return sampleToken(Float32Array.from(logits), { ...PLAIN, ...options }, seen, uniform);
}

/** Which tokens can be drawn: a fine sweep over the random number. */
function possible(logits: number[], options: Partial<TokenOptions>, seen = NONE): number[] {
  const found = new Set<number>();
  for (let i = 0; i < 2000; i++) found.add(pick(logits, options, i / 2000, seen));
  return [...found].sort((a, b) => a - b);
}

/** The same rules, written down plainly: sort everything. Returns each token's probability. */
function reference(logits: Float32Array, options: TokenOptions, seen: ReadonlySet<number>): number[] {
  const scores = [...logits].map((score, id) => {
    if (!seen.has(id)) return score;
    return score > 0 ? score / options.repetitionPenalty : score * options.repetitionPenalty;
  });
  const probability = (over: number[]) => {
    const max = Math.max(...over);
    const e = over.map((score) => Math.exp((score - max) / options.temperature));
    const total = e.reduce((a, b) => a + b);
    return e.map((x) => x / total);
  };
  const descending = scores.map((_, id) => id).sort((a, b) => scores[b]! - scores[a]! || a - b);
  if (options.topK > 0) {
    const kth = scores[descending[Math.min(options.topK, scores.length) - 1]!]!;
    for (const id of descending) if (scores[id]! < kth) scores[id] = -Infinity;
  }
  if (options.topP < 1) {
    const p = probability(scores);
    let before = 0;
    for (const id of descending) {
      if (before >= options.topP) scores[id] = -Infinity;
      before += p[id]!;
    }
  }
  const p = probability(scores);
  const max = Math.max(...p);
  return probability(scores.map((score, id) => (p[id]! < options.minP * max ? -Infinity : score)));
}

describe('sampleToken, by hand', () => {
  // probabilities 0.1, 0.4, 0.3, 0.2
  const logits = [log(1), log(4), log(3), log(2)];

  it('draws by the cumulative distribution, in order of ids', () => {
    expect([0.05, 0.15, 0.45, 0.55, 0.75, 0.85, 0.999].map((u) => pick(logits, {}, u))).toEqual([
      0, 1, 1, 2, 2, 3, 3,
    ]);
  });

  it('squares the odds at temperature 0.5', () => {
    // weights 1, 16, 9, 4 of 30
    expect([0.02, 0.05, 0.55, 0.58, 0.85, 0.88].map((u) => pick(logits, { temperature: 0.5 }, u))).toEqual([
      0, 1, 1, 2, 2, 3,
    ]);
  });

  it('takes the first of equal maxima at temperature 0, whatever the random number', () => {
    expect([0, 0.5, 0.999].map((u) => pick([1, 7, 3, 7], { temperature: 0 }, u))).toEqual([1, 1, 1]);
  });

  it('keeps the k likeliest, and all that tie with the last of them', () => {
    expect(possible(logits, { topK: 2 })).toEqual([1, 2]);
    expect(possible([2, 1, 1, 0], { topK: 2 })).toEqual([0, 1, 2]);
    expect(pick(logits, { topK: 1 }, 0.99)).toBe(1);
  });

  it('keeps the token that crosses p, and no more', () => {
    expect(possible(logits, { topP: 0.39 })).toEqual([1]);
    expect(possible(logits, { topP: 0.41 })).toEqual([1, 2]);
    expect(possible(logits, { topP: 0.71 })).toEqual([1, 2, 3]);
    expect(possible(logits, { topP: 0.91 })).toEqual([0, 1, 2, 3]);
    expect(possible([0, 0, 0, 0], { topP: 0.5 })).toEqual([0, 1]);
    expect(possible(logits, { topP: 1e-9 })).toEqual([1]);
  });

  it('keeps p ≥ minP · max', () => {
    expect(possible(logits, { minP: 0.51 })).toEqual([1, 2]);
    expect(possible(logits, { minP: 0.49 })).toEqual([1, 2, 3]);
    expect(possible([3, 3, 2], { minP: 1 })).toEqual([0, 1]);
  });

  it('applies top-k first: top-p is a share of what top-k left', () => {
    // of the two kept, 4/7 = 0.571 and 3/7
    expect(possible(logits, { topK: 2, topP: 0.56 })).toEqual([1]);
    expect(possible(logits, { topK: 2, topP: 0.58 })).toEqual([1, 2]);
  });

  it('applies temperature before top-p', () => {
    // weights 1, 16, 9, 4 of 30: the likeliest alone has 0.533
    expect(possible(logits, { temperature: 0.5, topP: 0.53 })).toEqual([1]);
    expect(possible(logits, { topP: 0.53 })).toEqual([1, 2]);
  });

  it('divides positive and multiplies negative logits of seen tokens', () => {
    // 3 / 2 = 1.5 < 2, and −1 · 2 = −2 < −1.5
    expect(pick([3, 2], { temperature: 0, repetitionPenalty: 2 }, 0, new Set([0]))).toBe(1);
    expect(pick([-1, -1.5], { temperature: 0, repetitionPenalty: 2 }, 0, new Set([0]))).toBe(1);
    // ln 16 / 2 = ln 4, ln ¼ · 2 = ln 1/16: weights 4, 1/16 and 1, of 5.0625
    const seen = new Set([0, 1, 99]);
    const at = (u: number) => pick([log(16), log(0.25), 0], { repetitionPenalty: 2 }, u, seen);
    expect([0.789, 0.791, 0.802, 0.803].map(at)).toEqual([0, 1, 1, 2]);
  });
});

describe('sampleToken, edges', () => {
  it('takes any k and a vocabulary of one', () => {
    expect(possible([0, 0, 0], { topK: 3 })).toEqual([0, 1, 2]);
    expect(possible([0, 0, 0], { topK: 1000 })).toEqual([0, 1, 2]);
    expect(pick([-5], { topK: 1, topP: 0.1, minP: 1 }, 0.9)).toBe(0);
  });

  it('never draws a token of logit −Infinity', () => {
    expect(possible([-Infinity, 0, -Infinity, 0], {})).toEqual([1, 3]);
    expect(possible([-Infinity, 0, -Infinity, 0], { topK: 3, topP: 0.99, repetitionPenalty: 2 })).toEqual([
      1, 3,
    ]);
    expect(pick([-Infinity, 0, -Infinity], {}, 1 - 2 ** -53)).toBe(1);
  });

  it('is greedy at a tiny temperature, without overflow', () => {
    expect(pick([700, 699, -700], { temperature: 1e-300 }, 0.999)).toBe(0);
    expect(possible([5, 5, 4], { temperature: 5e-324 })).toEqual([0, 1]);
  });

  it('keeps apart logits of any size', () => {
    expect(pick([3e38, -3e38], {}, 0.999)).toBe(0);
  });

  it.each([
    [[0, Number.NaN, 1], 'token 1 has NaN'],
    [[Number.NaN, 0], 'token 0 has NaN'],
    [[0, Infinity], 'token 1 has Infinity'],
    [[-Infinity, -Infinity], 'no token has one'],
    [[], 'no token has one'],
  ])('refuses %j, also when greedy', (logits, message) => {
    for (const temperature of [0, 1]) expect(() => pick(logits, { temperature }, 0.5)).toThrow(message);
  });
});

describe('sampleToken against the plain rules', () => {
  it('has the same possible tokens and boundaries in 300 random settings', () => {
    const random = new Stream(keyFor(7, 'settings'));
    for (let round = 0; round < 300; round++) {
      const size = 1 + random.below(60);
      const coarse = random.uniform() < 0.3; // many ties
      const logits = Float32Array.from({ length: size }, () =>
        coarse ? random.below(4) : 3 * random.normal(),
      );
      const options: TokenOptions = {
        temperature: 0.2 + 2 * random.uniform(),
        topK: random.below(2) * random.below(size + 5),
        topP: random.uniform() < 0.5 ? 1 : 0.001 + 0.998 * random.uniform(),
        minP: random.below(2) * random.uniform(),
        repetitionPenalty: random.uniform() < 0.5 ? 1 : 0.5 + 2 * random.uniform(),
      };
      const seen = new Set(Array.from({ length: random.below(10) }, () => random.below(size)));
      const expected = reference(logits, options, seen);
      // Just inside both ends of its stretch of [0, 1), each possible token is drawn: so the stretches are the same.
      let start = 0;
      expected.forEach((p, id) => {
        if (p > 1e-9) {
          const at = (share: number) => sampleToken(logits, options, seen, start + share * p);
          expect([at(1e-4), at(1 - 1e-4)], JSON.stringify({ round, options })).toEqual([id, id]);
        }
        start += p;
      });
    }
  });

  it('draws with the right frequencies (5 standard errors)', () => {
    const logits = Float32Array.from([0.3, -1.2, 2, 1.1, 0.9, -3, 1.7]);
    const options: TokenOptions = {
      temperature: 0.9,
      topK: 6,
      topP: 0.95,
      minP: 0.05,
      repetitionPenalty: 1.3,
    };
    const seen = new Set([2, 5]);
    const draws = 100_000;
    const counts = new Array<number>(logits.length).fill(0);
    for (let t = 0; t < draws; t++) {
      counts[sampleToken(logits, options, seen, new Stream(keyFor(3, 'draw', t)).uniform())]! += 1;
    }
    reference(logits, options, seen).forEach((p, id) => {
      expect(Math.abs(counts[id]! - draws * p)).toBeLessThanOrEqual(5 * Math.sqrt(draws * p * (1 - p)));
    });
  });

  it('agrees on a GPT-2 sized vocabulary', () => {
    const random = new Stream(keyFor(1, 'big'));
    const logits = Float32Array.from({ length: 50257 }, () => 4 * random.normal());
    const options: TokenOptions = { ...PLAIN, topK: 200, topP: 0.9 };
    const expected = reference(logits, options, NONE);
    for (let t = 0; t < 50; t++) {
      const u = random.uniform();
      let before = 0;
      const token = expected.findIndex((p) => {
        before += p;
        return before > u;
      });
      expect(sampleToken(logits, options, NONE, u)).toBe(token);
    }
  });
});

// Measures of texts against references: BLEU and chrF by sacreBLEU's own numbers, the edit distance by its definition.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corpusBleu } from '../../src/evaluation/bleu.ts';
import { corpusChrf } from '../../src/evaluation/chrf.ts';
import { editDistance } from '../../src/evaluation/edit-distance.ts';
import corpora from './text-metrics.json' with { type: 'json' };

/** Both are sums and products of a few dozen doubles. */
const DIGITS = 10;

describe.each(corpora)('of $name', ({ hypotheses, references, bleu, chrf }) => {
  it(`BLEU is ${bleu.toFixed(2)}, as sacreBLEU computes it`, () => {
    expect(corpusBleu(hypotheses, references)).toBeCloseTo(bleu, DIGITS);
  });

  it(`chrF is ${chrf.toFixed(2)}, as sacreBLEU computes it`, () => {
    expect(corpusChrf(hypotheses, references)).toBeCloseTo(chrf, DIGITS);
  });
});

it('BLEU and chrF of no sentences are 0', () => {
  expect([corpusBleu([], []), corpusChrf([], [])]).toEqual([0, 0]);
});

describe('the edit distance', () => {
  const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 });

  /** By its definition, without a table. */
  function defined(a: readonly string[], b: readonly string[]): number {
    if (a.length === 0 || b.length === 0) return a.length + b.length;
    const [restOfA, restOfB] = [a.slice(1), b.slice(1)];
    if (a[0] === b[0]) return defined(restOfA, restOfB);
    return 1 + Math.min(defined(restOfA, b), defined(a, restOfB), defined(restOfA, restOfB));
  }

  it('is the fewest edits that its recursive definition finds', () => {
    fc.assert(
      fc.property(words, words, (a, b) => {
        expect(editDistance(a, b)).toBe(defined(a, b));
      }),
    );
  });

  it('is Levenshtein’s of characters and of token ids alike', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3);
    expect(editDistance(Int32Array.of(7, 8, 9), [8, 9, 10])).toBe(2);
  });
});

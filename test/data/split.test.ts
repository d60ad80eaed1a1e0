import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SplitName, splitRule } from '../../src/data/split.ts';

function homes(documents: number, valFraction: number, seed: number): SplitName[] {
  const rule = splitRule({ documents, codePoints: documents }, valFraction, seed);
  return Array.from({ length: documents }, (_, document) =>
    rule.share('x', document).val === 'x' ? 'val' : 'train',
  );
}

describe('several documents', () => {
  it('never leave a split empty', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 12 }),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        fc.nat(),
        (n, f, seed) => {
          expect(new Set(homes(n, f, seed)).size).toBe(2);
        },
      ),
    );
  });

  it('go to val as often as asked, and differently for another seed', () => {
    const first = homes(20_000, 0.1, 1);
    const val = first.filter((home) => home === 'val').length;
    expect(Math.abs(val - 2_000)).toBeLessThan(4 * Math.sqrt(20_000 * 0.1 * 0.9)); // four standard deviations
    const second = homes(20_000, 0.1, 2);
    const both = first.filter((home, i) => home === 'val' && second[i] === 'val').length;
    expect(Math.abs(both - 200)).toBeLessThan(4 * Math.sqrt(20_000 * 0.01 * 0.99)); // independent draws
  });
});

describe('one document', () => {
  it('is cut by code points, wherever its pieces end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (pieces, f) => {
          const points = [...pieces.join('')];
          const rule = splitRule({ documents: 1, codePoints: points.length }, f, 1);
          const shares = pieces.map((piece) => rule.share(piece, 0));
          const train = Math.floor(points.length * (1 - f));
          expect(shares.map((s) => s.train).join('')).toBe(points.slice(0, train).join(''));
          expect(shares.map((s) => s.val).join('')).toBe(points.slice(train).join(''));
        },
      ),
    );
  });

  it('does not cut a surrogate pair that lies in two pieces', () => {
    const rule = splitRule({ documents: 1, codePoints: 2 }, 0.5, 1);
    expect(['\ud83d', '\ude00b'].map((piece) => rule.share(piece, 0))).toEqual([
      { train: '\ud83d', val: '' },
      { train: '\ude00', val: 'b' },
    ]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evalWindows } from '../../../src/tasks/next-token/windows.ts';

const cases = fc
  .tuple(fc.integer({ min: 2, max: 300 }), fc.integer({ min: 1, max: 40 }))
  .chain(([length, context]) =>
    fc.tuple(fc.constant(length), fc.constant(context), fc.integer({ min: 1, max: context })),
  );

describe('evalWindows', () => {
  it('predicts every token but the first exactly once, from inside the text', () => {
    fc.assert(
      fc.property(cases, ([length, context, stride]) => {
        const times = new Array<number>(length).fill(0);
        for (const { start, count, scored } of evalWindows(length, context, stride)) {
          expect(start).toBeGreaterThanOrEqual(0);
          expect(count).toBeGreaterThanOrEqual(1);
          expect(count).toBeLessThanOrEqual(context);
          expect(scored).toBeLessThanOrEqual(count);
          for (let target = start + count - scored + 1; target <= start + count; target++) times[target]!++;
        }
        expect(times).toEqual([0, ...new Array<number>(length - 1).fill(1)]);
      }),
    );
  });

  it('gives each scored token more than context − stride inputs, or all there are', () => {
    fc.assert(
      fc.property(cases, ([length, context, stride]) => {
        for (const { start, count, scored } of evalWindows(length, context, stride)) {
          const fewest = count - scored + 1; // inputs before the first scored target
          expect(fewest >= context - stride + 1 || start === 0).toBe(true);
        }
      }),
    );
  });

  it('by hand', () => {
    expect([...evalWindows(10, 4, 4)]).toEqual([
      { start: 0, count: 4, scored: 4 },
      { start: 4, count: 4, scored: 4 },
      { start: 8, count: 1, scored: 1 },
    ]);
    expect([...evalWindows(10, 4, 3)]).toEqual([
      { start: 0, count: 4, scored: 4 },
      { start: 3, count: 4, scored: 3 },
      { start: 6, count: 3, scored: 2 },
    ]);
    expect([...evalWindows(3, 100, 50)]).toEqual([{ start: 0, count: 2, scored: 2 }]);
  });

  it.each([0, 5, 1.5, Number.NaN])('refuses a stride of %d in a context of 4', (stride) => {
    expect(() => [...evalWindows(10, 4, stride)]).toThrow(
      /whole number from 1 to the context, 4, for stride/,
    );
  });
});

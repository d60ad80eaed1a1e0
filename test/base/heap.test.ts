import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Heap } from '../../src/base/heap.ts';

it('gives the first item of those that are in it, whatever came before', () => {
  const steps = fc.array(fc.option(fc.integer({ min: 0, max: 20 })), { maxLength: 60 }); // null takes one out
  fc.assert(
    fc.property(steps, (steps) => {
      const heap = new Heap<number>((a, b) => a < b);
      const list: number[] = [];
      for (const step of steps) {
        if (step === null) expect(heap.pop()).toBe(list.shift());
        else {
          heap.push(step);
          list.push(step);
          list.sort((a, b) => a - b);
        }
      }
    }),
  );
});

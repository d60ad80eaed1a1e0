// The pool of outputs' memory, on memory of JavaScript's own.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pool, type Region } from '../../../src/backends/cpu/pool.ts';

const MB = 2 ** 20;

/** A pool, and what it allocated and released. */
function traced() {
  const allocated: Region[] = [];
  const released: Region[] = [];
  const pool = new Pool({
    least: 0,
    allocate: (bytes) => {
      const region = { buffer: new ArrayBuffer(bytes), offset: 0, bytes };
      allocated.push(region);
      return region;
    },
    release: (region) => released.push(region),
  });
  return { pool, allocated, released };
}

describe('the pool', () => {
  it('lends what was given back last, to any size near its own', () => {
    const { pool, allocated } = traced();
    const [a, b] = [pool.take(100_000), pool.take(100_000)];
    pool.giveBack(a);
    pool.giveBack(b);
    expect(pool.take(99_000)).toBe(b);
    expect(pool.take(101_000)).toBe(a);
    expect(pool.take(100_000)).not.toBe(a);
    expect(allocated).toHaveLength(3);
  });

  it('gives at least what is asked for, and at most an eighth more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 512, max: 8 * MB }), (asked) => {
        const { bytes } = traced().pool.take(asked);
        expect(bytes).toBeGreaterThanOrEqual(asked);
        expect(bytes).toBeLessThanOrEqual(asked * 1.125);
        expect(bytes % 64).toBe(0);
      }),
    );
  });

  it('counts what is lent and what is idle', () => {
    const { pool } = traced();
    const [a, b] = [pool.take(MB), pool.take(2 * MB), pool.take(4 * MB)];
    expect([pool.lentBytes, pool.idleBytes]).toEqual([7 * MB, 0]);
    pool.giveBack(a);
    expect(pool.handOut(b)).toBe(true);
    expect([pool.lentBytes, pool.idleBytes]).toEqual([4 * MB, MB]);
    pool.giveBack(b); // it is someone else's now
    pool.take(MB);
    expect([pool.lentBytes, pool.idleBytes]).toEqual([5 * MB, 0]);
  });

  it('lends a larger buffer, of at most twice the size, where there is none of its own', () => {
    const { pool, allocated } = traced();
    const large = pool.take(2 * MB);
    pool.giveBack(large);
    expect(pool.take(MB - MB / 8)).not.toBe(large);
    expect(pool.take(MB)).toBe(large);
    expect([pool.lentBytes, pool.idleBytes]).toEqual([allocated[1]!.bytes + 2 * MB, 0]);
  });

  it('keeps a quarter and 64 MB more than was ever lent at once, and releases what was idle longest', () => {
    const { pool, released } = traced();
    const buffers = [100, 40, 100].map((size) => pool.take(size * MB)); // 240 lent: at most 364 in all
    for (const buffer of buffers) pool.giveBack(buffer);
    pool.take(20 * MB - 1); // half of the 40
    pool.take(120 * MB);
    expect(released).toEqual([]);
    pool.take(130 * MB);
    expect(released).toEqual([buffers[0]]);
  });
});

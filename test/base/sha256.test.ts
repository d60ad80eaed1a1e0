// SHA-256 against Node's.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sha256 } from '../../src/base/sha256.ts';

const nodes = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex');

it('sha256 gives the digests of FIPS 180-4’s examples', () => {
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

it('sha256 agrees with Node’s at every length around that of a block', () => {
  const bytes = Uint8Array.from({ length: 200 }, (_, i) => (i * 37) & 255);
  for (let n = 0; n <= 200; n++)
    expect(sha256(bytes.subarray(0, n)), `${n} bytes`).toBe(nodes(bytes.subarray(0, n)));
});

it('sha256 agrees with Node’s for any text, and for a part of a buffer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(sha256(text)).toBe(nodes(text));
    }),
  );
  const many = new Uint8Array(1_000_003).fill(7, 1000);
  expect(sha256(many.subarray(5))).toBe(nodes(many.subarray(5)));
});

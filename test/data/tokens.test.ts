import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTokenFile, TokenWriter } from '../../src/data/token-file.ts';
import { tokensOf } from '../../src/data/tokens.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();

describe('tokensOf', () => {
  it('reads copies by position and refuses what is not there', () => {
    const tokens = tokensOf([5, 6, 7, 8]);
    expect([...tokens.read(1, 2)]).toEqual([6, 7]);
    tokens.read(0, 4).fill(0);
    expect([...tokens.read(0, 4)]).toEqual([5, 6, 7, 8]);
    for (const [start, count] of [
      [-1, 2],
      [3, 2],
      [0, 5],
    ] as const) {
      expect(() => tokens.read(start, count)).toThrow(/there are 4/);
    }
  });
});

describe('openTokenFile', () => {
  it('reads little-endian uint16 and uint32', () => {
    const path = join(folder, 'bytes.bin');
    writeFileSync(path, Uint8Array.of(0x01, 0x00, 0xff, 0xff, 0x02, 0x01, 0x00, 0x00));
    const narrow = openTokenFile(path, 'uint16');
    expect([...narrow.read(0, narrow.length)]).toEqual([1, 65_535, 258, 0]);
    narrow.close();
    const wide = openTokenFile(path, 'uint32');
    expect([...wide.read(0, wide.length)]).toEqual([0xffff0001 | 0, 258]);
    wide.close();
  });

  it.each(['uint16', 'uint32'] as const)(
    '%s: any stretch, longer than its buffer too, is that of the array',
    (dtype) => {
      const ids = Uint32Array.from({ length: 100_003 }, (_, i) => (i * 2_654_435_761) % 65_536);
      const path = join(folder, `${dtype}.bin`);
      writeFileSync(path, dtype === 'uint16' ? Uint16Array.from(ids) : ids);
      const file = openTokenFile(path, dtype);
      expect(file.length).toBe(ids.length);
      const range = fc
        .tuple(fc.nat(ids.length), fc.nat(ids.length))
        .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
      fc.assert(
        fc.property(range, ([start, end]) => {
          const got = file.read(start!, end! - start!);
          expect(
            Buffer.compare(
              Buffer.from(got.buffer),
              Buffer.from(Int32Array.from(ids.subarray(start, end)).buffer),
            ),
          ).toBe(0);
        }),
        { numRuns: 50 },
      );
      expect(() => file.read(ids.length - 1, 2)).toThrow(/there are 100003/);
      file.close();
    },
  );

  it('says so when the file became shorter after it was opened', () => {
    const path = join(folder, 'shrinks.bin');
    writeFileSync(path, new Uint16Array(100));
    const file = openTokenFile(path, 'uint16');
    writeFileSync(path, new Uint16Array(10));
    expect(() => file.read(0, 100)).toThrow(/shrinks\.bin became shorter/);
    file.close();
  });
});

describe('TokenWriter', () => {
  it('does not write an id outside the vocabulary', () => {
    const writer = new TokenWriter(join(folder, 'outside.bin'), 10);
    writer.append([9]);
    expect(() => writer.append([10])).toThrow(/internal: token id 10 in a vocabulary of 10/);
    writer.close();
  });
});

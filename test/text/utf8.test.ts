import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeUtf8 } from '../../src/text/utf8.ts';
import { all, sliced } from './chunks.ts';

async function decoded(bytes: Uint8Array, lengths = [7]): Promise<string> {
  return (await all(decodeUtf8(sliced(bytes, lengths), 'in.txt'))).join('');
}

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

describe('text that is UTF-8', () => {
  test('comes back whole however the bytes are cut', async () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 60 })
      .filter((s) => !s.includes('\0') && s[0] !== '\ufeff');
    await fc.assert(
      fc.asyncProperty(text, lengths, async (text, lengths) => {
        expect(await decoded(Buffer.from(text), lengths)).toBe(Buffer.from(text).toString());
      }),
    );
  });

  test('loses the byte-order mark at its start and no other', async () => {
    for (const size of [1, 2, 3, 4, 100]) {
      expect(await decoded(Buffer.from('\ufeffa\ufeffb'), [size])).toBe('a\ufeffb');
    }
  });
});

describe('what is not UTF-8', () => {
  const convert = (encoding: string) =>
    `convert it: iconv -f ${encoding} -t UTF-8 old.txt > new.txt (iconv -l lists other encodings)`;

  test.each([
    ['Latin-1', Buffer.from('caf\xe9 noir', 'latin1'), 'byte 0xe9 at offset 3'],
    ['a lone continuation byte', Buffer.from([0x61, 0x80]), 'byte 0x80 at offset 1'],
    ['an overlong form', Buffer.from([0xc0, 0xaf]), 'byte 0xc0 at offset 0'],
    ['an encoded surrogate', Buffer.from([0x61, 0x62, 0xed, 0xa0, 0x80]), 'byte 0xed at offset 2'],
    ['a character cut off by the end', Buffer.from('naïve €').subarray(0, -1), 'byte 0xe2 at offset 7'],
    [
      'a bad byte after a byte-order mark',
      Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xff]),
      'byte 0xff at offset 4',
    ],
  ])('%s is told with its place', async (_, bytes, where) => {
    for (const size of [1, 2, 3, 100]) {
      await expect(decoded(bytes, [size])).rejects.toMatchObject({
        message: `in.txt is not UTF-8: ${where}`,
        hint: convert('WINDOWS-1252'),
      });
    }
  });

  test('is refused exactly when Node calls it invalid, at the end of the longest valid prefix', async () => {
    const byte = fc.oneof(
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom(0x61, 0x80, 0xbf, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98),
    );
    const input = fc
      .uint8Array({ maxLength: 12 })
      .chain((a) => fc.array(byte, { maxLength: 12 }).map((b) => [...a, ...b]));
    await fc.assert(
      fc.asyncProperty(input, lengths, async (input, lengths) => {
        const bytes = Buffer.from(input);
        fc.pre(!bytes.includes(0) && !(bytes[0]! >= 0xfe) && !bytes.includes(Buffer.from('\ufeff')));
        const validLengths = [...bytes.keys(), bytes.length].filter((n) => isUtf8(bytes.subarray(0, n)));
        const end = Math.max(...validLengths);
        if (end === bytes.length) {
          expect(await decoded(bytes, lengths)).toBe(bytes.toString());
          return;
        }
        const hex = bytes.subarray(end, end + 1).toString('hex');
        await expect(decoded(bytes, lengths)).rejects.toThrow(
          `in.txt is not UTF-8: byte 0x${hex} at offset ${end}`,
        );
      }),
    );
  });

  test.each([
    ['little-endian', [0xff, 0xfe, 0x61, 0x00]],
    ['big-endian', [0xfe, 0xff, 0x00, 0x61]],
  ])('UTF-16 is recognised: %s', async (_, bytes) => {
    await expect(decoded(Buffer.from(bytes))).rejects.toMatchObject({
      message: 'in.txt is UTF-16, but tsgpt reads UTF-8',
      hint: convert('UTF-16'),
    });
  });

  test('a zero byte means that it is not text', async () => {
    for (const size of [1, 4, 100]) {
      await expect(decoded(Buffer.from('some\0thing'), [size])).rejects.toMatchObject({
        message: 'in.txt is not text: it has a zero byte at offset 4',
        hint: `expected UTF-8; if it is UTF-16, ${convert('UTF-16LE')}`,
      });
    }
  });
});

import fc from 'fast-check';
import { get_encoding } from 'tiktoken';
import { describe, expect, test } from 'vitest';
import { plainPieces } from '../../src/text/plain.ts';
import type { Piece } from '../../src/text/source.ts';
import { all, documents, sliced } from './chunks.ts';

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

function textOf(pieces: Piece[]): string {
  return pieces.map((piece) => piece.text).join('');
}

describe('cutting a document into pieces', () => {
  // Everything that the split expressions of the three encodings treat on its own.
  const parts = [
    'a',
    'B',
    'é',
    '中',
    '1',
    '2',
    "'s",
    "'LL",
    '.',
    '!',
    '/',
    '_',
    ' ',
    ' ',
    '  ',
    '\n',
    '\n',
    '\r\n',
  ];
  const odd = [
    '\r',
    '\t',
    '\u00a0',
    '\u0085',
    '\u3000',
    '\ufeff',
    '\u0301',
    '🙂',
    '𝒳',
    'ǅ',
    'ʰ',
    '²',
    '<|',
    'word',
    ' The',
  ];
  const text = fc
    .array(fc.constantFrom(...parts, ...odd), { minLength: 20, maxLength: 120, size: 'max' })
    .map((list) => list.join(''));

  test.each(['gpt2', 'cl100k_base', 'o200k_base'] as const)(
    'does not change its tokens: %s',
    async (name) => {
      const encoding = get_encoding(name);
      let cuts = 0;
      await fc.assert(
        fc.asyncProperty(
          text,
          lengths,
          fc.integer({ min: 8, max: 24 }),
          async (text, lengths, pieceLength) => {
            const pieces = await all(plainPieces(sliced(text, lengths), pieceLength));
            cuts += pieces.length;
            expect(textOf(pieces)).toBe(text);
            expect(pieces.map((piece) => piece.endsDocument)).toEqual(
              pieces.map((_, i) => i === pieces.length - 1),
            );
            const oneByOne = pieces.flatMap((piece) => [...encoding.encode_ordinary(piece.text)]);
            expect(oneByOne).toEqual([...encoding.encode_ordinary(text)]);
          },
        ),
        { numRuns: 1000 },
      );
      expect(cuts).toBeGreaterThan(3000); // the property is about cuts: there must be some
      encoding.free();
    },
  );

  test('gives pieces of about the length asked for', async () => {
    const text = 'the cat sat on a mat and '.repeat(400);
    const pieces = await all(plainPieces(sliced(text, [50]), 1000));
    expect(pieces.length).toBeGreaterThanOrEqual(10);
    for (const piece of pieces) expect(piece.text.length).toBeLessThan(1060);
  });

  test('waits for a safe place if there is none', async () => {
    const text = `${'中'.repeat(5000)}。\n中`;
    const pieces = await all(plainPieces(sliced(`${text}${'文'.repeat(3000)}`, [100]), 100));
    expect(pieces.map((piece) => piece.text.length)).toEqual([5002, 3001]);
  });

  test('cuts elsewhere only where a piece is very long, and divides no character and no line break', async () => {
    for (const [unit, inner] of [
      ['🙂', /^[\udc00-\udfff]/],
      ['\r\n', /^\n/],
    ] as const) {
      for (const shift of ['', '.']) {
        const text = shift + unit.repeat(500);
        const pieces = await all(plainPieces(sliced(text, [64]), 16, 100));
        expect(textOf(pieces)).toBe(text);
        expect(pieces.length).toBeGreaterThan(4);
        for (const piece of pieces) {
          expect(piece.text.length).toBeLessThan(300);
          expect(piece.text).not.toMatch(inner);
        }
      }
    }
  });
});

describe('documents separated by <|endoftext|>', () => {
  test('the line breaks around a separator belong to it', async () => {
    const text =
      'One day.\n\nThe end.\n<|endoftext|>\nTwo\r\n<|endoftext|>\r\nThree<|endoftext|>Four <|endoftext|>\n';
    for (const size of [1, 3, 1000]) {
      expect(await documents(plainPieces(sliced(text, [size]), 4))).toEqual([
        'One day.\n\nThe end.',
        'Two',
        'Three',
        'Four ',
      ]);
    }
  });

  test('documents are the same however the text is cut, and empty ones are left out', async () => {
    const body = fc.array(fc.constantFrom('a b', '<|', '|>', '<|endoftext', '.', '中', '🙂'), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(body, { maxLength: 8 }),
        lengths,
        fc.integer({ min: 1, max: 30 }),
        async (list, lengths, n) => {
          const bodies = list.map((parts) => parts.join(''));
          fc.pre(bodies.every((text) => !text.includes('<|endoftext|>')));
          const found = await documents(plainPieces(sliced(bodies.join('<|endoftext|>\n'), lengths), n, 40));
          expect(found).toEqual(bodies.filter((text) => text !== ''));
        },
      ),
    );
  });

  test('a text of separators alone has no document', async () => {
    expect(await all(plainPieces(['', '<|endoftext|>\n<|endoftext|>', '']))).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StopText } from '../../src/sampling/stop-text.ts';

function pieces(stops: string[], texts: string[]): string[] {
  const stop = new StopText(stops);
  return [...texts.map((text) => stop.push(text)), stop.end()];
}

describe('StopText', () => {
  it('holds back what may begin a stop string, until it is decided', () => {
    expect(pieces(['\n\nEND'], ['one\n', '\nE', 'ra\n', '\nEN', 'D more', 'x'])).toEqual([
      'one',
      '',
      '\n\nEra',
      '',
      '',
      '',
      '',
    ]);
  });

  it('gives back what was held when the text ends', () => {
    expect(pieces(['stop'], ['do not st'])).toEqual(['do not ', 'st']);
  });

  it('finds a stop string that overlaps a failed start of itself', () => {
    expect(pieces(['aab'], ['a', 'a', 'a', 'b'])).toEqual(['', '', 'a', '', '']);
  });

  it('ends at the stop string that is complete first', () => {
    expect(pieces(['abcd', 'bc'], ['xabcd'])[0]).toBe('xa');
    expect(pieces(['abc', 'bc'], ['xabcd'])[0]).toBe('x');
  });

  it('is the same however the text is cut, and equals a plain search', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), stops, (texts, list) => {
        const whole = texts.join('');
        // The shortest beginning that ends in a stop string, less the longest such stop string.
        let expected = whole;
        for (let end = 1; end <= whole.length; end++) {
          const met = list.filter((stop) => whole.slice(0, end).endsWith(stop)).map((stop) => stop.length);
          if (met.length === 0) continue;
          expected = whole.slice(0, end - Math.max(...met));
          break;
        }
        expect(pieces(list, texts).join('')).toBe(expected);
      }),
    );
  });
});

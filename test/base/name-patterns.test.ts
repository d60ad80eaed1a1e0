// Which names a pattern fits, and what is said of one that fits none.
import { UsageError } from 'tsgpt';
import { describe, expect, it } from 'vitest';
import { matchNames } from '../../src/base/name-patterns.ts';

const NAMES = [
  'wte.weight',
  'h.0.ln_1.bias',
  'h.1.attn.c_attn.weight',
  'h.1.ln_1.bias',
  'h.11.mlp.c_fc.weight',
];

describe('a pattern fits names that have it as whole parts', () => {
  it.each([
    ['wte', [0]],
    ['wte.weight', [0]],
    ['h', [1, 2, 3, 4]],
    ['h.1', [2, 3]],
    ['c_attn', [2]],
    ['attn.c_attn', [2]],
    ['ln_1', [1, 3]],
    ['bias', [1, 3]],
    ['h.*.ln_1', [1, 3]],
    ['h.1*', [2, 3, 4]],
    ['h.*.c_*', [2, 4]],
    ['*', [0, 1, 2, 3, 4]],
  ])('%s', (pattern, places) => {
    expect(matchNames([pattern], NAMES, '--freeze')).toEqual(places.map((place) => NAMES[place]));
  });

  it('several patterns give each name once, in the names’ order', () => {
    expect(matchNames(['bias', 'wte', 'h.1'], NAMES, '--freeze')).toEqual(NAMES.slice(0, 4));
  });
});

describe('a pattern that fits nothing is refused', () => {
  it.each([
    ['wtr', 'did you mean wte?'],
    ['h.2', 'did you mean h.0?'],
    ['1.attn.c_atn', 'did you mean 1.attn.c_attn?'],
    ['ln', 'did you mean h?'],
    ['w.e', 'did you mean wte?'],
    ['entirely-different', 'names look like wte.weight, h.0.ln_1.bias, h.1.attn.c_attn.weight'],
  ])('%s', (pattern, hint) => {
    const match = () => matchNames(['bias', pattern], NAMES, '--freeze');
    expect(match).toThrow(UsageError);
    expect(match).toThrow(expect.objectContaining({ message: `--freeze "${pattern}" fits no name`, hint }));
  });

  it('within the time limit, even with 200 stars: matching does not backtrack exponentially', () => {
    const long = [`h.${'a'.repeat(60)}`];
    expect(() => matchNames([`${'*'.repeat(200)}b`], long, '--freeze')).toThrow(UsageError);
  });
});

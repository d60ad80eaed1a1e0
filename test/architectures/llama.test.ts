// A Llama's sizes, of which some follow from others; what is refused; and the frequencies of its rotary positions.
import { describe, expect, it } from 'vitest';
import { frequenciesOf } from '../../src/architectures/llama/frequencies.ts';
import { modelOf, resolveSettings } from '../../src/settings/settings.ts';
import { LLAMA } from '../models/example.ts';

const llama = (flags: Record<string, unknown>) =>
  modelOf(resolveSettings({ arch: 'llama', flags }), 'llama', { vocabSize: 65 });

describe('sizes that are not given', () => {
  it.each([
    [
      { width: 384, heads: 6 },
      { kvHeads: 6, headSize: 64, mlpWidth: 1024 },
    ],
    [
      { width: 576, heads: 9, kvHeads: 3 },
      { kvHeads: 3, headSize: 64, mlpWidth: 1536 },
    ],
    [
      { width: 64, heads: 4, activation: 'relu2' },
      { kvHeads: 4, headSize: 16, mlpWidth: 256 },
    ],
    [
      { width: 50, heads: 4, headSize: 8, mlpWidth: 9 },
      { kvHeads: 4, headSize: 8, mlpWidth: 9 },
    ],
  ])('of %j are %j', (flags, sizes) => {
    expect(llama(flags)).toMatchObject(sizes);
  });
});

it.each([
  [{ width: 50, heads: 4 }, 'width must be a multiple of heads: width is 50, heads is 4'],
  [{ width: 36, heads: 4 }, 'headSize must be even for rotary positions, but is 9'],
  [{ heads: 4, kvHeads: 3 }, 'heads must be a multiple of kvHeads: heads is 4, kvHeads is 3'],
  [
    { ropeScaling: 'yarn' },
    'expected none or llama3:<factor>:<low>:<high>:<original context> for ropeScaling, but got "yarn"',
  ],
  [
    { ropeScaling: 'llama3:0:1:4:8192' },
    'ropeScaling must have a factor above 0 and low below high, but is llama3:0:1:4:8192',
  ],
  [{ ropeScaling: 'llama3:8:4:4:8192' }, 'ropeScaling must have a factor above 0 and low below high'],
  [{ activation: 'swish' }, 'expected swiglu or geglu or relu2 or gelu for activation, but got "swish"'],
])('%j is refused', (flags, says) => {
  expect(() => llama(flags)).toThrow(says);
});

it('an odd head has learned positions', () => {
  expect(llama({ width: 36, heads: 4, positions: 'learned' })).toMatchObject({ headSize: 9 });
});

it('of Llama 3.2 short wavelengths stay as they are, long ones are 32 times as long', () => {
  const rope = { ...LLAMA, headSize: 64, ropeTheta: 5e5 };
  const [plain, scaled] = ['none', 'llama3:32:1:4:8192'].map((ropeScaling) =>
    frequenciesOf({ ...rope, ropeScaling }),
  ) as [number[], number[]];
  const ratios = plain.map((frequency, i) => frequency / scaled[i]!);
  const wavelengths = plain.map((frequency) => (2 * Math.PI) / frequency);
  for (const [i, wavelength] of wavelengths.entries()) {
    if (wavelength < 8192 / 4) expect(ratios[i]).toBeCloseTo(1, 12);
    else if (wavelength > 8192) expect(ratios[i]).toBeCloseTo(32, 9);
    else expect(ratios[i]! > 1 && ratios[i]! < 32).toBe(true);
  }
  expect(plain.slice(0, 2)).toEqual([1, 5e5 ** (-1 / 32)]);
  expect(new Set(ratios.map((ratio) => ratio.toFixed(6))).size).toBeGreaterThan(2); // some lie between
});

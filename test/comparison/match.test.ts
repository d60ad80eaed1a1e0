import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/architectures/config.ts';
import { countParameters } from '../../src/architectures/count.ts';
import { parameterCount } from '../../src/architectures/language-model.ts';
import { startBackend } from '../../src/backends/index.ts';
import { entrantsOf } from '../../src/comparison/match.ts';
import { modelOf } from '../../src/settings/settings.ts';
import { createModel } from '../made-models.ts';
import { contestants } from './contestants.ts';

const gpt = { arch: 'gpt', vocabSize: 11, context: 5, layers: 1, heads: 1, width: 3, dropout: 0 } as const;
const lstm = {
  arch: 'lstm',
  vocabSize: 11,
  context: 5,
  layers: 1,
  width: 3,
  dropout: 0,
  tiedHead: false,
} as const;

describe('countParameters', () => {
  beforeAll(() => startBackend('plain'));

  it.each<ModelConfig>([
    gpt,
    { ...gpt, vocabSize: 65, context: 16, layers: 3, heads: 4, width: 24 },
    { ...gpt, context: 1, layers: 2, heads: 2, width: 4 },
    lstm,
    { ...lstm, vocabSize: 65, layers: 3, width: 10 },
    { ...lstm, vocabSize: 65, layers: 2, width: 7, tiedHead: true },
  ])('is what the model has: %o', (config) => {
    const model = createModel(config);
    expect(countParameters(config)).toBe(parameterCount(model));
    model.dispose();
  });

  it('knows GPT-2: 124,439,808', () => {
    const gpt2 = { ...gpt, vocabSize: 50_257, context: 1024, layers: 12, heads: 12, width: 768 };
    expect(countParameters(gpt2)).toBe(124_439_808);
  });
});

describe('entrantsOf', () => {
  const options = {
    sizesFor: () => ({ vocabSize: 65 }),
    match: 'parameters',
  } as const;
  const baby = (flags: Record<string, unknown> = {}, archs = ['gpt', 'lstm']) => contestants(archs, flags);

  it.each(['gpt,lstm', 'lstm,gpt'])(
    'leaves the first of %s as it is, and no width of the other is nearer',
    (names) => {
      const archs = names.split(',').map((name) => (name === 'gpt' ? 'gpt' : 'lstm'));
      const [first, other] = entrantsOf(baby({ width: 96 }, archs), options);
      expect(first!.settings.width).toBe(96);
      const distances = Array.from({ length: 64 }, (_, i) =>
        other!.arch === 'gpt' ? 4 * (i + 1) : 20 + 2 * i,
      ).map((width) => {
        const config = modelOf({ ...other!.settings, width }, other!.arch, { vocabSize: 65 });
        return Math.abs(countParameters(config) - first!.parameters);
      });
      expect(Math.abs(other!.parameters - first!.parameters)).toBeLessThanOrEqual(Math.min(...distances));
      expect(Math.abs(other!.parameters / first!.parameters - 1)).toBeLessThan(0.05);
    },
  );

  it('keeps a width a multiple of the heads', () => {
    const [, second] = entrantsOf(baby({ heads: 6 }, ['lstm', 'gpt']), options);
    expect(Number(second!.settings.width) % 6).toBe(0);
  });

  it('matches a model smaller than the smallest with the smallest', () => {
    const [, second] = entrantsOf(baby({ layers: 1, width: 1, heads: 8 }, ['lstm', 'gpt']), options);
    expect(second!.settings.width).toBe(8);
  });

  it('leaves widths as they are with match none', () => {
    const widths = entrantsOf(baby(), { ...options, match: 'none' }).map(({ settings }) => settings.width);
    expect(widths).toEqual([128, 256]);
  });

  it('keeps each learning rate of a preset, and takes the user’s for all', () => {
    const rates = (flags: Record<string, unknown>) =>
      entrantsOf(baby(flags), options).map(({ settings }) => settings.learningRate);
    expect(rates({})).toEqual([3e-3, 2e-3]);
    expect(rates({ learningRate: 5e-4 })).toEqual([5e-4, 5e-4]);
  });

  it('makes each architecture in each size, its width solved for it', () => {
    const sizes = [
      { label: '50k', parameters: 50_000 },
      { label: '0.2M', parameters: 200_000 },
    ];
    const entrants = entrantsOf(baby(), { ...options, sizes });
    expect(entrants.map(({ name }) => name)).toEqual(['gpt 50k', 'lstm 50k', 'gpt 0.2M', 'lstm 0.2M']);
    for (const [i, { label, parameters }] of sizes.entries()) {
      const [gpt, lstm] = entrants.slice(2 * i);
      expect(Math.abs(gpt!.parameters / parameters - 1), label).toBeLessThan(0.11); // a width is a multiple of the heads
      expect(Math.abs(lstm!.parameters / gpt!.parameters - 1), label).toBeLessThan(0.02);
    }
  });

  it.each([
    [['gpt', 'gpt'], {}, /different architectures.*gpt,gpt/],
    [[], {}, /different architectures/],
    [['gpt', 'lstm'], { maxSeconds: '5' }, /maxSeconds and earlyStop have no place/],
    [['gpt', 'lstm'], { earlyStop: 3 }, /maxSeconds and earlyStop have no place/],
    [['gpt', 'lstm'], { widht: 3 }, /unknown setting widht/],
  ])('refuses %o with %o', (archs, flags, message) => {
    expect(() => entrantsOf(baby(flags, archs), options)).toThrow(message);
  });
});

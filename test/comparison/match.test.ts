import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/architectures/config.ts';
import { countParameters } from '../../src/architectures/count.ts';
import { parameterCount } from '../../src/architectures/language-model.ts';
import { startBackend } from '../../src/backends/index.ts';
import { entrantsOf } from '../../src/comparison/match.ts';
import { modelOf } from '../../src/settings/settings.ts';
import { createModel } from '../made-models.ts';

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
    archs: ['gpt', 'lstm'],
    sizesFor: () => ({ vocabSize: 65 }),
    match: 'parameters',
  } as const;
  const baby =
    (flags: Record<string, unknown> = {}) =>
    (arch: string) => ({ arch, preset: 'baby', flags });

  it.each(['gpt,lstm', 'lstm,gpt'])(
    'leaves the first of %s as it is, and no width of the other is nearer',
    (names) => {
      const archs = names.split(',').map((name) => (name === 'gpt' ? 'gpt' : 'lstm'));
      const [first, other] = entrantsOf(baby({ width: 96 }), { ...options, archs });
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
    const [, second] = entrantsOf(baby({ heads: 6 }), { ...options, archs: ['lstm', 'gpt'] });
    expect(Number(second!.settings.width) % 6).toBe(0);
  });

  it('matches a model smaller than the smallest with the smallest', () => {
    const [, second] = entrantsOf(baby({ layers: 1, width: 1, heads: 8 }), {
      ...options,
      archs: ['lstm', 'gpt'],
    });
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

  it('gives all the same steps, rounded up to the budget', () => {
    // baby: 12 windows of 64 tokens make 768 a step
    const entrants = entrantsOf(baby(), { ...options, budgetTokens: 7700 });
    expect(entrants.map(({ settings }) => settings.maxSteps)).toEqual([11, 11]);
    expect(entrants.map(({ settings }) => settings.maxTokens)).toEqual([undefined, undefined]);
    const accumulated = entrantsOf(baby({ totalBatchTokens: 1000 }), { ...options, budgetTokens: 7700 });
    expect(accumulated[0]!.settings.maxSteps).toBe(6); // two batches make 1536
  });

  it('lets the budget win over a configuration’s own maxTokens', () => {
    const sources = (arch: string) => ({ arch, preset: 'baby', file: { maxTokens: 768 } });
    const entrants = entrantsOf(sources, { ...options, budgetTokens: 7700 });
    expect(entrants.map(({ settings }) => [settings.maxSteps, settings.maxTokens])).toEqual([
      [11, undefined],
      [11, undefined],
    ]);
  });

  it('plans as many steps as the settings do without a budget', () => {
    const stepsOf = (flags: Record<string, unknown>) =>
      entrantsOf(baby(flags), options).map(({ settings }) => settings.maxSteps);
    expect(stepsOf({})).toEqual([2000, 2000]);
    expect(stepsOf({ maxTokens: 7700 })).toEqual([11, 11]);
  });

  it.each([
    [{ archs: ['gpt', 'gpt'] as const }, {}, /different architectures.*gpt,gpt/],
    [{ archs: [] }, {}, /different architectures/],
    [{}, { maxSeconds: '5' }, /maxSeconds and earlyStop have no place/],
    [{}, { earlyStop: 3 }, /maxSeconds and earlyStop have no place/],
    [{ budgetTokens: 9 }, { maxSteps: 5 }, /maxSteps and the budget both say/],
    [{}, { widht: 3 }, /unknown setting widht/],
  ])('refuses %o with %o', (change, flags, message) => {
    expect(() => entrantsOf(baby(flags), { ...options, ...change })).toThrow(message);
  });
});

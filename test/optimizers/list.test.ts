// The list of optimizers: names, settings and defaults.
import { expect, it } from 'vitest';
import { z } from 'zod';
import { DEFAULT_OPTIMIZER, OPTIMIZERS, optimizerNamed } from '../../src/optimizers/list.ts';

it('has names of its own for all, and knows each by it', () => {
  expect(new Set(OPTIMIZERS.map(({ name }) => name)).size).toBe(OPTIMIZERS.length);
  for (const kind of OPTIMIZERS) expect(optimizerNamed(kind.name)).toBe(kind);
});

it('answers a misspelt name with the nearest', () => {
  expect(() => optimizerNamed('adam')).toThrow(
    expect.objectContaining({ message: 'unknown optimizer "adam"', hint: 'did you mean adamw?' }),
  );
});

it('has a default and a description for every setting', () => {
  for (const { settings } of OPTIMIZERS) {
    expect(Object.keys(z.object(settings).parse({}))).toEqual(Object.keys(settings));
    for (const schema of Object.values(settings)) expect((schema as z.ZodType).description).toBeTruthy();
  }
});

it('begins with AdamW and the settings that runs have always had', () => {
  expect(DEFAULT_OPTIMIZER.name).toBe('adamw');
  expect(z.object(DEFAULT_OPTIMIZER.settings).parse({})).toEqual({
    weightDecay: 0.1,
    beta1: 0.9,
    beta2: 0.99,
  });
});

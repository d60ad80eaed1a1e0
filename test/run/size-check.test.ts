// What a run is refused for by the sizes of its model alone.
import { expect, it } from 'vitest';
import { copiesOf } from '../../src/run/size-check.ts';
import { resolveSettings } from '../../src/settings/settings.ts';

it('ranks share the optimizer’s state: a model that one process does not hold several may', () => {
  const settings = resolveSettings({ arch: 'gpt', flags: { optimizer: 'adamw' } });
  expect(copiesOf(settings)('matrix')).toBe(4); // weight, gradient and two moments
  expect(copiesOf(settings, 4)('matrix')).toBe(3); // weight, gradient and a fourth of both moments, of sum and new weight
});

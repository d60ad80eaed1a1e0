// rmsprop: RMSProp, as it is declared; ops/rms-prop.ts computes it.
import { z } from 'zod';
import type { OptimizerKind } from './optimizer.ts';

const share = z.number().min(0).lt(1);

const settings = {
  smoothing: share.default(0.99).describe('RMSProp’s memory of the gradient’s square'),
  momentum: share.default(0).describe('RMSProp’s memory of earlier steps; 0 = none'),
  weightDecay: z.number().min(0).default(0).describe('RMSProp’s decay (L2), on matrices only'),
};

export const rmsprop: OptimizerKind<typeof settings> = {
  name: 'rmsprop',
  about: 'RMSProp: each gradient divided by its running size, as was usual for recurrent networks',
  settings,
  statePerParameter: ({ momentum }) => (momentum > 0 ? 2 : 1),
  load: async () => {
    const [{ rmsProp }, { OpOptimizer, EPSILON }] = await Promise.all([
      import('../ops/rms-prop.ts'),
      import('./op-optimizer.ts'),
    ]);
    return {
      create: (parameters, roleOf, settings) =>
        new OpOptimizer(rmsProp, parameters, roleOf, { ...settings, epsilon: EPSILON }),
    };
  },
};

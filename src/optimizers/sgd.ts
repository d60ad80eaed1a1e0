// sgd: stochastic gradient descent, as it is declared; ops/sgd.ts computes it.
import { z } from 'zod';
import type { OptimizerKind } from './optimizer.ts';

const settings = {
  momentum: z.number().min(0).lt(1).default(0.9).describe('SGD’s memory of earlier gradients; 0 = none'),
  nesterov: z.boolean().default(false).describe('SGD’s momentum looks one step ahead (Nesterov)'),
  weightDecay: z.number().min(0).default(0).describe('SGD’s decay (L2), on matrices only'),
};

export const sgd: OptimizerKind<typeof settings> = {
  name: 'sgd',
  about: 'stochastic gradient descent, with momentum: the least memory',
  learningRateScale: 100,
  settings,
  statePerParameter: ({ momentum }) => (momentum > 0 ? 1 : 0),
  load: async () => {
    const [{ sgd }, { OpOptimizer }] = await Promise.all([
      import('../ops/sgd.ts'),
      import('./op-optimizer.ts'),
    ]);
    return { create: (...given) => new OpOptimizer(sgd, ...given) };
  },
};

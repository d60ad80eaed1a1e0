// adamw: AdamW (Loshchilov and Hutter 2019), as it is declared; ops/adam-w.ts computes it.
import { z } from 'zod';
import type { OptimizerKind } from './optimizer.ts';

const share = z.number().min(0).lt(1);

const settings = {
  weightDecay: z.number().min(0).default(0.1).describe('AdamW’s decay, on matrices only'),
  beta1: share.default(0.9).describe('AdamW’s memory of the gradient'),
  beta2: share.default(0.99).describe('AdamW’s memory of its square'),
};

export const adamw: OptimizerKind<typeof settings> = {
  name: 'adamw',
  about: 'AdamW: steps of much the same size for every weight, whatever the size of its gradient',
  settings,
  statePerParameter: () => 2,
  load: async () => {
    const [{ adamW }, { OpOptimizer, EPSILON }] = await Promise.all([
      import('../ops/adam-w.ts'),
      import('./op-optimizer.ts'),
    ]);
    return {
      create: (parameters, roleOf, settings) =>
        new OpOptimizer(adamW, parameters, roleOf, { ...settings, epsilon: EPSILON }),
    };
  },
};

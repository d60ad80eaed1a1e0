// lion: Lion (Chen et al. 2023), as it is declared; ops/lion.ts computes it.
import { z } from 'zod';
import type { OptimizerKind } from './optimizer.ts';

const share = z.number().min(0).lt(1);

const settings = {
  weightDecay: z.number().min(0).default(0.1).describe('Lion’s decay, on matrices only'),
  beta1: share.default(0.9).describe('Lion’s memory of the gradient, in the direction of a step'),
  beta2: share.default(0.99).describe('Lion’s memory of the gradient, from step to step'),
};

export const lion: OptimizerKind<typeof settings> = {
  name: 'lion',
  about: 'Lion: the sign of the gradient’s mean',
  learningRateScale: 0.3, // the paper recommends a third to a tenth
  settings,
  statePerParameter: () => 1,
  load: async () => {
    const [{ lion }, { OpOptimizer }] = await Promise.all([
      import('../ops/lion.ts'),
      import('./op-optimizer.ts'),
    ]);
    return { create: (...given) => new OpOptimizer(lion, ...given) };
  },
};

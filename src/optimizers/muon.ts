// muon: Muon (Jordan et al. 2024), as it is declared; ops/muon.ts computes it. Embeddings, output layers and vectors are AdamW's.
import { z } from 'zod';
import type { OptimizerKind } from './optimizer.ts';

const share = z.number().min(0).lt(1);

const settings = {
  weightDecay: z.number().min(0).default(0.1).describe('Muon’s decay, on matrices only'),
  momentum: share.default(0.95).describe('Muon’s memory of the gradient (Nesterov)'),
  matrixRate: z
    .number()
    .positive()
    .default(20) // Jordan's 0.02 where AdamW's rate is 1e-3
    .describe('Muon’s learning rate of matrices, so many times that of the others'),
  adjustRate: z
    .enum(['original', 'match_rms_adamw'])
    .default('original')
    .describe('original or match_rms_adamw: how a matrix’s shape scales that rate'),
  beta1: share.default(0.9).describe('memory of the gradient in the AdamW beside Muon'),
  beta2: share.default(0.99).describe('memory of its square in the AdamW beside Muon'),
};

export const muon: OptimizerKind<typeof settings> = {
  name: 'muon',
  about: 'Muon: matrices in orthogonal steps, all else by AdamW',
  settings,
  statePerParameter: (_, role) => (role === 'matrix' ? 1 : 2),
  needsWhole: (role) => role === 'matrix',
  load: async () => {
    const { MuonOptimizer } = await import('./muon-optimizer.ts');
    return { create: (...given) => new MuonOptimizer(...given) };
  },
};

// signsgd: a scratch optimizer, which is this file and would be one line in the list. It has no kernel anywhere.
import { z } from 'zod';
import type { OptimizerKind } from '../../src/optimizers/optimizer.ts';

const settings = { weightDecay: z.number().min(0).default(0).describe('decay, on matrices only') };

export const signsgd: OptimizerKind<typeof settings> = {
  name: 'signsgd',
  about: 'the sign of each gradient',
  settings,
  statePerParameter: () => 0,
  load: async () => {
    const [{ updateOp }, { OpOptimizer }] = await Promise.all([
      import('../../src/ops/update.ts'),
      import('../../src/optimizers/op-optimizer.ts'),
    ]);
    const signSgd = updateOp<object, { weightDecay: number }>({
      op: 'signSgd',
      state: () => [],
      compose: ({ parameter, weightDecay }, gradient, { learningRate }) => ({
        parameter: parameter.sub(gradient.sign().add(parameter.mul(weightDecay)).mul(learningRate)),
      }),
    });
    return { create: (...given) => new OpOptimizer(signSgd, ...given) };
  },
};

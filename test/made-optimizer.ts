// AdamW for tests, without the wait for its code.
import { type AdamWItem, type AdamWSettings, adamW } from '../src/ops/index.ts';
import { EPSILON, OpOptimizer } from '../src/optimizers/op-optimizer.ts';
import type { Parameters } from '../src/optimizers/optimizer.ts';

type State = Pick<AdamWItem, 'mean' | 'square'>;
interface Settings {
  beta1: number;
  beta2: number;
  weightDecay: number;
}

export const USUAL: Settings = { beta1: 0.9, beta2: 0.99, weightDecay: 0.1 };

export class Optimizer extends OpOptimizer<State, AdamWSettings & Settings> {
  constructor(parameters: Parameters, { beta1, beta2, weightDecay }: Settings = USUAL) {
    const roleOf = (name: string) => (parameters.get(name)!.rank >= 2 ? 'matrix' : 'vector');
    super(adamW, parameters, roleOf, { beta1, beta2, weightDecay, epsilon: EPSILON });
  }
}

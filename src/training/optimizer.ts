// AdamW over a model's parameters, or over some of them, of which those of two or more dimensions decay.
import { type AdamWItem, type AdamWSettings, adamW } from '../ops/index.ts';
import { EPSILON, OpOptimizer } from '../optimizers/op-optimizer.ts';
import type { Parameters } from '../optimizers/optimizer.ts';
import type { TrainingConfig } from '../settings/training.ts';

type State = Pick<AdamWItem, 'mean' | 'square'>;
type Settings = Pick<TrainingConfig, 'beta1' | 'beta2' | 'weightDecay'>;

export class Optimizer extends OpOptimizer<State, AdamWSettings & Settings> {
  constructor(parameters: Parameters, { beta1, beta2, weightDecay }: Settings) {
    const roleOf = (name: string) => (parameters.get(name)!.rank >= 2 ? 'matrix' : 'vector');
    super(adamW, parameters, roleOf, { beta1, beta2, weightDecay, epsilon: EPSILON });
  }
}

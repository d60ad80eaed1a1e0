// An optimizer that is two: Muon's op for matrices, AdamW's for embeddings, output layers and vectors.
import type * as tf from '#tfjs';
import type { Role } from '../layers/parameters.ts';
import { type AdamWSettings, adamW, type MuonSettings, muon } from '../ops/index.ts';
import { EPSILON, OpOptimizer } from './op-optimizer.ts';
import type { Optimizer, Parameters, Update } from './optimizer.ts';

type Settings = MuonSettings &
  Omit<AdamWSettings, 'epsilon'> & {
    weightDecay: number;
    /** Matrices learn at so many times the rate of the others. */
    matrixRate: number;
  };

export class MuonOptimizer implements Optimizer {
  readonly parameters: Parameters;
  readonly state: Parameters;
  readonly #matrices: Optimizer;
  readonly #others: Optimizer;
  readonly #matrixRate: number;

  constructor(parameters: Parameters, roleOf: (name: string) => Role, settings: Settings) {
    const { weightDecay, matrixRate, momentum, adjustRate, beta1, beta2 } = settings;
    const those = (areMatrices: boolean) =>
      new Map([...parameters].filter(([name]) => (roleOf(name) === 'matrix') === areMatrices));
    const own = { weightDecay, momentum, adjustRate };
    const adamWs = { weightDecay, beta1, beta2, epsilon: EPSILON };
    this.#matrices = new OpOptimizer(muon, those(true), roleOf, own);
    this.#others = new OpOptimizer(adamW, those(false), roleOf, adamWs);
    this.#matrixRate = matrixRate;
    this.parameters = parameters;
    this.state = new Map([...this.#matrices.state, ...this.#others.state]);
  }

  get steps(): number {
    return this.#others.steps;
  }

  set steps(steps: number) {
    this.#matrices.steps = steps;
    this.#others.steps = steps;
  }

  update(gradients: ReadonlyMap<string, tf.Tensor>, update: Update): void {
    const learningRate = update.learningRate * this.#matrixRate;
    this.#matrices.update(gradients, { ...update, learningRate });
    this.#others.update(gradients, update);
  }

  dispose(): void {
    this.#matrices.dispose();
    this.#others.dispose();
  }
}

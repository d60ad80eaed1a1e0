// AdamW over a model's parameters, or over some of them. Matrices decay; biases, norms and other vectors do not.
import * as tf from '#tfjs';
import { type AdamWMeasures, adamW } from '../ops/index.ts';
import type { TrainingConfig } from '../settings/training.ts';

type OptimizerSettings = Pick<TrainingConfig, 'beta1' | 'beta2' | 'weightDecay'>;

const EPSILON = 1e-8;

export interface Update extends AdamWMeasures {
  learningRate: number;
  /** The gradients' norm is held to this; 0 leaves them as they are. */
  clip: number;
}

interface Moments {
  mean: tf.Variable;
  square: tf.Variable;
}

export class Optimizer {
  /** How many updates it has been given, those included that were not finite and changed nothing. */
  steps = 0;
  /** What is trained. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  readonly #moments = new Map<string, Moments>();
  readonly #settings: OptimizerSettings;

  constructor(parameters: ReadonlyMap<string, tf.Variable>, settings: OptimizerSettings) {
    this.parameters = parameters;
    this.#settings = settings;
    for (const [name, { shape }] of parameters)
      this.#moments.set(name, { mean: zeros(shape), square: zeros(shape) });
  }

  /** The running means by checkpoint name: `<parameter>.mean`, `<parameter>.square`. */
  get state(): Map<string, tf.Variable> {
    const state = new Map<string, tf.Variable>();
    for (const [name, { mean, square }] of this.#moments)
      state.set(`${name}.mean`, mean).set(`${name}.square`, square);
    return state;
  }

  update(gradients: ReadonlyMap<string, tf.Tensor>, { learningRate, clip, loss, norm }: Update): void {
    this.steps++;
    const { beta1, beta2, weightDecay } = this.#settings;
    const items = [...this.parameters].map(([name, parameter]) => ({
      parameter,
      gradient: gradients.get(name)!,
      ...this.#moments.get(name)!,
      weightDecay: parameter.rank >= 2 ? weightDecay : 0,
    }));
    const settings = { learningRate, beta1, beta2, epsilon: EPSILON, step: this.steps, clip };
    adamW(items, settings, { loss, norm });
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }
}

function zeros(shape: number[]): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zeros(shape), false));
}

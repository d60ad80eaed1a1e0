// An optimizer that is one op: it updates all parameters, and its state is zeros at first. Vectors do not decay. A parameter of
// no elements is one that another process updates.
import * as tf from '#tfjs';
import type { Role } from '../layers/parameters.ts';
import type { UpdateItem, UpdateOp } from '../ops/index.ts';
import type { Optimizer, Parameters, Update } from './optimizer.ts';

type State = Partial<Record<string, tf.Variable>>;

/** What is added to a root before an update divides by it: PyTorch's. */
export const EPSILON = 1e-8;

export class OpOptimizer<S extends State, Own extends { weightDecay: number }> implements Optimizer {
  steps = 0;
  readonly parameters: Parameters;
  readonly state: Parameters;
  readonly #op: UpdateOp<S, Own>;
  readonly #settings: Own;
  readonly #roleOf: (name: string) => Role;

  constructor(op: UpdateOp<S, Own>, parameters: Parameters, roleOf: (name: string) => Role, settings: Own) {
    this.#op = op;
    this.#settings = settings;
    this.#roleOf = roleOf;
    this.parameters = parameters;
    const kept = op.state(settings);
    const zeros = (shape: number[]) => tf.tidy(() => tf.variable(tf.zeros(shape), false));
    this.state = new Map(
      [...parameters].flatMap(([name, { shape }]) => kept.map((what) => [`${name}.${what}`, zeros(shape)])),
    );
  }

  update(gradients: ReadonlyMap<string, tf.Tensor>, { learningRate, clip, loss, norm }: Update): void {
    this.steps++;
    const names = [...this.parameters].filter(([, { size }]) => size > 0).map(([name]) => name);
    const items = names.map((name) => this.#item(name, gradients.get(name)!));
    this.#op(items, { ...this.#settings, learningRate, clip, step: this.steps }, { loss, norm });
  }

  dispose(): void {
    for (const variable of this.state.values()) variable.dispose();
  }

  #item(name: string, gradient: tf.Tensor): UpdateItem<S> {
    const kept = this.#op.state(this.#settings);
    const state = kept.map((what) => [what, this.state.get(`${name}.${what}`)!]);
    return {
      parameter: this.parameters.get(name)!,
      gradient,
      weightDecay: this.#roleOf(name) === 'vector' ? 0 : this.#settings.weightDecay,
      ...(Object.fromEntries(state) as S),
    };
  }
}

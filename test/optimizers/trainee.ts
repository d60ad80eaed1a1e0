// Parameters and an optimizer that takes the golden steps on them.
import * as tf from '#tfjs';
import type { Role } from '../../src/layers/parameters.ts';
import { globalNorm } from '../../src/ops/index.ts';
import type { Optimizer, OptimizerKind } from '../../src/optimizers/optimizer.ts';
import { type GoldenTensors, loadGolden } from '../golden/load.ts';

export const GOLDEN = loadGolden('optimizers');

export type Values = Record<string, { shape: number[]; data: ArrayLike<number> }>;

export function roleOf(name: string): Role {
  return GOLDEN.parameters[name]!.shape.length >= 2 ? 'matrix' : 'vector';
}

export class Trainee {
  readonly #optimizer: Optimizer;

  private constructor(optimizer: Optimizer) {
    this.#optimizer = optimizer;
  }

  /** At the golden start; settings that are not given have their defaults. */
  static async of(kind: OptimizerKind, settings: Record<string, unknown>): Promise<Trainee> {
    const { create } = await kind.load();
    const parameters = new Map(
      Object.entries(toTensors(GOLDEN.parameters)).map(([name, tensor]) => [name, owned(tensor)]),
    );
    return new Trainee(create(parameters, roleOf, settings));
  }

  get state(): Optimizer['state'] {
    return this.#optimizer.state;
  }

  steps(from: number, to: number, { loss = 1 } = {}): void {
    for (const { learningRate, gradients } of GOLDEN.steps.slice(from, to)) {
      const tensors = toTensors(gradients);
      const measures = { loss: tf.scalar(loss), norm: globalNorm(Object.values(tensors)) };
      this.#optimizer.update(new Map(Object.entries(tensors)), {
        learningRate,
        clip: GOLDEN.clip,
        ...measures,
      });
      tf.dispose([tensors, Object.values(measures)]);
    }
  }

  /** Copies of parameters and state. */
  async values(): Promise<Values> {
    const values: Values = {};
    for (const [name, variable] of this.#all())
      values[name] = { shape: variable.shape, data: (await variable.data()).slice() };
    return values;
  }

  /** As a run does that goes on from a checkpoint. */
  restore(values: Values, steps: number): void {
    for (const [name, variable] of this.#all())
      tf.tidy(() => variable.assign(tf.tensor(Float32Array.from(values[name]!.data), variable.shape)));
    this.#optimizer.steps = steps;
  }

  dispose(): void {
    this.#optimizer.dispose();
    for (const variable of this.#optimizer.parameters.values()) variable.dispose();
  }

  #all(): [string, tf.Variable][] {
    return [...this.#optimizer.parameters, ...this.#optimizer.state];
  }
}

function toTensors(values: GoldenTensors): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(values).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]),
  );
}

function owned(tensor: tf.Tensor): tf.Variable {
  const variable = tf.variable(tensor);
  tensor.dispose();
  return variable;
}

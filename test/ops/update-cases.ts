// A case of each optimizer's update, given the parameters' shapes.
import * as tf from '#tfjs';
import * as ops from '../../src/ops/index.ts';
import { type Arrays, mapValues, normal, type OpCase } from './op-case.ts';
import * as reference from './update-reference.ts';

interface Step {
  step?: number;
  clip?: number;
  loss?: number;
  norm?: number;
}

// Learning rates and epsilon are large, so that the update decides the error and not the old value.
const LEARNING_RATE = 0.5;
const EPSILON = 0.01;

export function adamW(shapes: number[][], step: number, measures: Step = {}): OpCase {
  const settings = { beta1: 0.9, beta2: 0.95, epsilon: EPSILON };
  return update('adamW', ops.adamW, reference.adamW, settings, shapes, { ...measures, step });
}

export function sgd(shapes: number[][], settings: ops.SgdSettings, step?: Step): OpCase {
  return update('sgd', ops.sgd, reference.sgd, settings, shapes, step);
}

export function rmsProp(shapes: number[][], momentum: number, step?: Step): OpCase {
  const settings = { smoothing: 0.95, momentum, epsilon: EPSILON };
  return update('rmsProp', ops.rmsProp, reference.rmsProp, settings, shapes, step);
}

export function lion(shapes: number[][], step?: Step): OpCase {
  return update('lion', ops.lion, reference.lion, { beta1: 0.9, beta2: 0.95 }, shapes, step);
}

export function muon(shapes: number[][], adjustRate: ops.MuonSettings['adjustRate'], step?: Step): OpCase {
  return update('muon', ops.muon, reference.muon, { momentum: 0.9, adjustRate }, shapes, step);
}

/**
 * One update of parameter0, parameter1…, each with its gradient and state; every other one decays. Gradients that have no
 * finite norm are not finite either.
 */
function update<S extends Partial<Record<string, tf.Variable>>, Own extends object>(
  op: string,
  run: ops.UpdateOp<S, Own>,
  one: reference.UpdateReference<Own>,
  own: Own,
  shapes: number[][],
  { step = 2, clip = 0, loss = 4, norm = 4 }: Step = {},
): OpCase {
  const sizes = shapes.map((shape) => `(${shape})`).join(' ');
  const name = `${sizes}, ${JSON.stringify(own)}, step ${step}, clipped to ${clip}, loss ${loss}, norm ${norm}`;
  const settings = { ...own, learningRate: LEARNING_RATE, step, clip };
  const decayOf = (index: number) => (index % 2 === 0 ? 0.25 : 0);
  const kept: string[] = [...run.state(own)];
  const written = ['parameter', ...kept];
  const of = <T>(from: Record<string, T>, names: string[], i: number) =>
    Object.fromEntries(names.map((what) => [what, from[what + i]!]));
  const inputs: Arrays = { loss: { shape: [], data: [loss] }, norm: { shape: [], data: [norm] } };
  const unit = Number.isFinite(norm) ? 1 : Number.NaN;
  for (const [i, shape] of shapes.entries()) {
    const gradient = normal(`${name} gradient${i}`, shape).data;
    inputs[`parameter${i}`] = normal(`${name} parameter${i}`, shape);
    inputs[`gradient${i}`] = { shape, data: gradient.map((g, j) => (j % 3 === 2 ? 0 : g * unit)) }; // zero as for a token not seen
    for (const what of kept) {
      const { data } = normal(`${name} ${what}${i}`, shape, step === 1 ? 0 : 1); // training starts them at zero
      inputs[what + i] = { shape, data: what === 'square' ? data.map((v) => Math.fround(v * v)) : data };
    }
  }
  return {
    op,
    name,
    inputs,
    constants: {},
    differentiable: [],
    run: (tensors) =>
      tf.tidy(() => {
        // Variables of their own memory: a backend writes in place, and the inputs stay as they are.
        const variables = mapValues(tensors, (tensor) => tf.variable(tensor.mul(1)));
        const items = shapes.map((_, i) => ({
          ...of(variables, written, i),
          gradient: tensors[`gradient${i}`]!,
          weightDecay: decayOf(i),
        }));
        const { loss, norm } = tensors as Record<'loss' | 'norm', tf.Scalar>;
        run(items as unknown as ops.UpdateItem<S>[], settings, { loss, norm });
        const results = shapes.flatMap((_, i) => written.map((what) => what + i));
        const updated = Object.fromEntries(results.map((name) => [name, variables[name]!.mul(1)]));
        tf.dispose(variables);
        return updated;
      }),
    reference: (arrays) => {
      const results: Arrays = {};
      for (let i = 0; i < shapes.length; i++) {
        const item = of(arrays, [...written, 'gradient'], i);
        const after = one(item, { ...settings, weightDecay: decayOf(i), loss, norm });
        for (const what of written) results[what + i] = after[what]!;
      }
      return results;
    },
  };
}

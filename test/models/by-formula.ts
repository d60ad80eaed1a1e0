// Models whose weights are formula.ts's, as the scripts of golden numbers have them, and their gradients, of each of which those
// scripts write two numbers.
import { expect } from 'vitest';
import * as tf from '#tfjs';
import type { Model } from '../../src/architectures/language-model.ts';
import { formula, initialValues } from '../golden/formula.ts';
import { TOLERANCE } from '../tolerances.ts';

export function byFormula<M extends Model>(model: M): M {
  for (const [name, variable] of model.parameters)
    tf.tidy(() => variable.assign(tf.tensor(initialValues(name, variable.size), variable.shape)));
  return model;
}

/** Of each gradient the product with a direction, and the norm. */
export async function expectGradients(
  { parameters }: Model,
  loss: () => tf.Scalar,
  expected: Readonly<Record<string, readonly number[]>>,
): Promise<void> {
  const { grads } = tf.variableGrads(loss, [...parameters.values()]);
  for (const [name, variable] of parameters) {
    const gradient = Array.from(await grads[variable.name]!.data());
    const direction = formula(`${name} direction`, gradient.length);
    const product = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0);
    const norm = Math.hypot(...gradient);
    const [expectedProduct, expectedNorm] = expected[name]!;
    // Softmax ignores what is added to a whole row of scores: what is left of a key's bias is rounding noise.
    if (expectedNorm === 0) expect(norm, name).toBeLessThan(TOLERANCE.model);
    else expect([product, norm], name).toAgree([expectedProduct!, expectedNorm!], 'model');
  }
}

// Where some of an op's inputs are frozen: the others' gradients are what they are where none is, and only those are computed.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as tf from '#tfjs';
import { lossAndGradients } from '../../src/training/gradients.ts';
import { testBackends } from './backends.ts';
import { crossEntropy, layerNorm, linear, rmsNorm } from './case-builders.ts';
import { leavingNothing } from './measure.ts';
import { mapValues, normal, type OpCase, tensorsOf } from './op-case.ts';

const CASES: OpCase[] = [
  linear([2, 3, 5], 7),
  linear([6, 5], 7, 'gelu'),
  linear([6, 5], 7, 'residual'),
  layerNorm([2, 3, 5]),
  rmsNorm([2, 3, 5]),
  crossEntropy({ N: 7, C: 5, V: 11 }, true, 'some'),
];

const { present } = await testBackends();

describe.each(present.filter(({ name }) => /^(composed|plain|native|webgpu)$/.test(name)))(
  '$name',
  (backend) => {
    beforeAll(() => backend.start());

    it.each(CASES)('$op $name', async (op) => {
      await leavingNothing(async () => {
        const all = variablesOf(op);
        const whole = await gradientsOf(op, all);
        for (const trained of subsets(op.differentiable)) {
          const chosen = new Map([...all].filter(([name]) => trained.includes(name)));
          const { gradients, computed } = await gradientsOf(op, all, chosen);
          for (const [name, gradient] of Object.entries(gradients))
            expect(gradient, `${name} of ${trained}`).toAgree(
              whole.gradients[name]!,
              backend.tolerance.gradient,
            );
          const frozen = op.differentiable.filter(
            (name) => !trained.includes(name) && /weight|bias/.test(name),
          );
          const shapes = frozen.map((name) => all.get(name)!.shape.join());
          if (op.op !== 'layerNorm' || !/weight|bias/.test(trained.join()))
            // whose two vectors have one shape
            for (const shape of shapes) expect(computed.get(shape) ?? 0, `${shape} for ${trained}`).toBe(0);
        }
        tf.dispose([...all.values()]);
      });
    });
  },
);

function variablesOf({ inputs }: OpCase): Map<string, tf.Variable> {
  return new Map(
    Object.entries(inputs).map(([name, { data, shape }]) => [
      name,
      tf.tidy(() => tf.variable(tf.tensor(data, shape))),
    ]),
  );
}

/** Also how many tensors of each shape the kernels of gradients returned. */
async function gradientsOf(op: OpCase, all: Map<string, tf.Variable>, chosen = all) {
  const constants = tensorsOf({ inputs: {}, constants: op.constants });
  const upstream = mapValues(op.reference({ ...op.inputs, ...op.constants }), ({ shape }, name) => {
    const { data } = normal(`upstream ${name}`, shape);
    return tf.tensor(data, shape);
  });
  const run = vi.spyOn(tf.engine(), 'runKernel');
  const { loss, gradients } = lossAndGradients(() => {
    const outputs = op.run({ ...Object.fromEntries(all), ...constants });
    return tf.addN(Object.entries(outputs).map(([name, y]) => y.mul(upstream[name]!).sum()));
  }, chosen);
  const computed = new Map<string, number>();
  for (const [i, [name]] of run.mock.calls.entries()) {
    if (!name.endsWith('Grad') || name === 'CrossEntropyGrad') continue;
    for (const { shape } of [run.mock.results[i]!.value as tf.TensorInfo[]].flat())
      computed.set(shape.join(), (computed.get(shape.join()) ?? 0) + 1);
  }
  run.mockRestore();
  const values: Record<string, Float32Array> = {};
  for (const [name, gradient] of gradients) values[name] = await gradient.data<'float32'>();
  tf.dispose([loss, ...gradients.values(), constants, upstream]);
  return { gradients: values, computed };
}

function subsets(names: readonly string[]): string[][] {
  return Array.from({ length: 2 ** names.length - 1 }, (_, i) => names.filter((_, n) => ((i + 1) >> n) & 1));
}

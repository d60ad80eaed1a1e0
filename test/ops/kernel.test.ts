// The contract of a backend's kernel pair (src/ops/kernel.ts), proved with a pair made up for it:
// Blend: y = factor · a · b + c, with residuals a + b and a − b; c is a constant. Half: (a + b) / 2.

import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { startBackend } from '../../src/backends/index.ts';
import { hasKernel, kernelOr, type Needs } from '../../src/ops/kernel.ts';
import { lossAndGradients } from '../../src/training/gradients.ts';
import { composed } from './backends.ts';
import { leavingNothing } from './measure.ts';
import { mapValues } from './op-case.ts';

const BACKEND = composed.name;
const ATTRIBUTES = { factor: 10, key: [1, 2] };

/** What each kernel was handed, by name. */
let received: Record<string, { inputs: Record<string, number[]>; attributes: unknown }> = {};

beforeAll(() => composed.start());

beforeEach(() => {
  received = {};
  register('Blend', ({ a, b, c }) => [
    a!.map((value, i) => 10 * value * b![i]! + c![i]!),
    a!.map((value, i) => value + b![i]!),
    a!.map((value, i) => value - b![i]!),
  ]);
  register('BlendGrad', ({ dy, a, b }, { wanted }) => {
    const gradients = {
      a: () => dy!.map((g, i) => 10 * g * b![i]!),
      b: () => dy!.map((g, i) => 10 * g * a![i]!),
    };
    return (wanted as ('a' | 'b')[]).map((name) => gradients[name]());
  });
  register('Half', ({ a, b }) => [a!.map((value, i) => (value + b![i]!) / 2)]);
  register('HalfGrad', ({ dy }) => [dy!.map((value) => value / 2), dy!.map((value) => value / 2)]);
});

afterEach(() => {
  for (const name of ['Blend', 'BlendGrad', 'Half', 'HalfGrad']) tf.unregisterKernel(name, BACKEND);
});

it('runs the kernel with inputs, constants and attributes, and keeps only y', async () => {
  await leavingNothing(async () => {
    const { a, b, c } = tensors();
    const y = blend(a, b, c);
    expect(await numbers(y)).toEqual([33, 87]);
    expect(received.Blend).toEqual({ inputs: { a: [1, 2], b: [3, 4], c: [3, 7] }, attributes: ATTRIBUTES });
    expect(received.BlendGrad).toBeUndefined();
    tf.dispose([a, b, c, y]);
  });
});

it('hands dy, what it was given and the residuals to the gradient kernel, whose results follow the order of inputs', async () => {
  await leavingNothing(async () => {
    const { a, b, c } = tensors();
    const dy = tf.tensor1d([1, 100]);
    const [da, db] = tf.grads((a, b) => blend(a, b, c))([a, b], dy);
    expect(await numbers(da!)).toEqual([30, 4000]);
    expect(await numbers(db!)).toEqual([10, 2000]);
    expect(received.BlendGrad).toEqual({
      inputs: { dy: [1, 100], a: [1, 2], b: [3, 4], c: [3, 7], r0: [4, 6], r1: [-2, -2] },
      attributes: { ...ATTRIBUTES, wanted: ['a', 'b'] },
    });
    tf.dispose([a, b, c, dy, da, db]);
  });
});

it('hands constants and residuals alone to a gradient that needs no inputs, and holds those no longer', async () => {
  await leavingNothing(async () => {
    const { a, b, c } = tensors();
    const compose = () => {
      throw new Error('composed although there is a kernel');
    };
    const dy = tf.tensor1d([1, 100]);
    const [da, db] = tf.grads((a, b) => kernelOr('Half', { a, b }, { c }, {}, compose, { a: [], b: [] }))(
      [a, b],
      dy,
    );
    expect(await numbers(da!)).toEqual([0.5, 50]);
    expect(await numbers(db!)).toEqual([0.5, 50]);
    expect(received.HalfGrad!.inputs).toEqual({ dy: [1, 100], c: [3, 7] });
    tf.dispose([a, b, c, dy, da, db]);
  });
});

it('says which gradients are wanted, and holds what those need and variables, which live anyway', async () => {
  const { a: first, b: second, c, ...rest } = tensors();
  const [a, b] = [first, second].map((tensor) => tf.variable(tensor));
  const needs = { a: ['b'], b: ['a'] };
  await leavingNothing(async () => {
    const compute = () => blend(a!, b!.add(0), c, needs).sum() as tf.Scalar;
    const { loss, gradients } = lossAndGradients(compute, new Map([['a', a!]]));
    expect(await numbers(gradients.get('a')!)).toEqual([30, 40]);
    const inputs = { dy: [1, 1], a: [1, 2], b: [3, 4], c: [3, 7], r0: [4, 6], r1: [-2, -2] };
    expect(received.BlendGrad).toEqual({ inputs, attributes: { ...ATTRIBUTES, wanted: ['a'] } });
    tf.dispose([loss, ...gradients.values()]);
  });
  await leavingNothing(async () => {
    const compute = () => blend(a!.add(0), b!.add(0), c, needs).sum() as tf.Scalar;
    const { loss, gradients } = lossAndGradients(compute, new Map([['b', b!]]));
    expect(await numbers(gradients.get('b')!)).toEqual([10, 20]);
    expect(Object.keys(received.BlendGrad!.inputs)).toEqual(['dy', 'a', 'c', 'r0', 'r1']);
    tf.dispose([loss, ...gradients.values()]);
  });
  tf.dispose([first, second, a, b, c, rest]);
});

it('composes where the backend has no such kernel, and keeps nothing of it but the result', async () => {
  await leavingNothing(async () => {
    const { a, b, c } = tensors();
    expect(hasKernel('Mix')).toBe(false);
    const y = kernelOr('Mix', { a, b }, { c }, {}, () => a.mul(b).add(c));
    expect(await numbers(y)).toEqual([6, 15]);
    tf.dispose([a, b, c, y]);
  });
});

it('stays composed on `composed` after `plain` has brought its kernels', async () => {
  await startBackend('plain');
  expect(hasKernel('AdamW')).toBe(true);
  await composed.start();
  expect(hasKernel('AdamW')).toBe(false);
});

function tensors() {
  return { a: tf.tensor1d([1, 2]), b: tf.tensor1d([3, 4]), c: tf.tensor1d([3, 7]) };
}

function blend(a: tf.Tensor, b: tf.Tensor, c: tf.Tensor, needs?: Needs): tf.Tensor {
  const compose = () => {
    throw new Error('composed although there is a kernel');
  };
  return kernelOr('Blend', { a, b }, { c }, ATTRIBUTES, compose, needs);
}

type Compute = (inputs: Record<string, number[]>, attributes: tf.NamedAttrMap) => number[][];

function register(kernelName: string, compute: Compute): void {
  const kernelFunc = ({ inputs, attrs }: { inputs: tf.NamedTensorInfoMap; attrs?: tf.NamedAttrMap }) => {
    const arrays = mapValues(inputs, (info) => Array.from(tf.backend().readSync(info!.dataId), Number));
    received[kernelName] = { inputs: arrays, attributes: attrs };
    return compute(arrays, attrs ?? {}).map((values): tf.TensorInfo => {
      const shape = [values.length];
      return {
        dataId: tf.backend().write(Float32Array.from(values), shape, 'float32'),
        shape,
        dtype: 'float32',
      };
    });
  };
  tf.registerKernel({ kernelName, backendName: BACKEND, kernelFunc });
}

async function numbers(tensor: tf.Tensor): Promise<number[]> {
  return Array.from(await tensor.data());
}

// Runs an op on the backend at work and brings back its values, its gradients, and what it left behind.

import { expect } from 'vitest';
import * as tf from '#tfjs';
import { type Arrays, mapValues, type OpCase, type Tensors, tensorsOf, toTensors } from './op-case.ts';
import type { Values } from './reference.ts';

export type Runnable = Pick<OpCase, 'inputs' | 'constants' | 'differentiable' | 'run'>;

export async function outputsOf(op: Runnable): Promise<Arrays> {
  return leavingNothing(async () => {
    const tensors = tensorsOf(op);
    const outputs = op.run(tensors);
    const values = await valuesOf(outputs);
    tf.dispose([tensors, outputs]);
    return values;
  });
}

/** The gradient of each differentiable input, given that of each output. */
export async function gradientsOf(op: Runnable, outputGradients: Arrays): Promise<Arrays> {
  return leavingNothing(async () => {
    const tensors = tensorsOf(op);
    const upstream = toTensors(outputGradients, 'float32');
    const weighted = (...moving: tf.Tensor[]) => {
      const outputs = op.run({
        ...tensors,
        ...Object.fromEntries(op.differentiable.map((name, i) => [name, moving[i]!])),
      });
      return tf.addN(Object.entries(outputs).map(([name, output]) => output.mul(upstream[name]!).sum()));
    };
    const gradients = tf.grads(weighted)(op.differentiable.map((name) => tensors[name]!));
    const named = Object.fromEntries(op.differentiable.map((name, i) => [name, gradients[i]!]));
    const values = await valuesOf(named);
    tf.dispose([tensors, upstream, named]);
    return values;
  });
}

async function valuesOf(tensors: Tensors): Promise<Arrays> {
  const read = Object.entries(tensors).map(
    async ([name, tensor]): Promise<[string, Values]> => [
      name,
      { shape: tensor.shape, data: [...(await tensor.data())] },
    ],
  );
  return Object.fromEntries(await Promise.all(read));
}

/** What `work` made and did not hand back must be gone. */
export async function leavingNothing<T>(work: () => Promise<T>): Promise<T> {
  const before = inUse();
  const result = await work();
  expect(inUse(), 'tensors left behind').toEqual(before);
  return result;
}

function inUse() {
  const { numTensors, numDataBuffers } = tf.memory();
  return { numTensors, numDataBuffers };
}

export function shapesOf(arrays: Arrays): Record<string, number[]> {
  return mapValues(arrays, ({ shape }) => shape);
}

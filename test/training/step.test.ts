// One step: accumulation, clipping, decay, and the refusal of what is not finite.

import type { LanguageModel } from 'tsgpt';
import { expect, it } from 'vitest';
import * as tf from '#tfjs';
import { keyFor } from '../../src/base/random.ts';
import { batchAt, type TokenBatch } from '../../src/tasks/next-token/batches.ts';
import { LANGUAGE_ARCHS } from '../made-models.ts';
import { Optimizer, USUAL } from '../made-optimizer.ts';
import { type OneStep, takeStep } from './one-step.ts';
import { poisoned, TEXT, tinyModel, usePlainBackend, valuesOf } from './stand-ins.ts';

usePlainBackend();

/** Keeps what it is given and changes nothing. */
class Recorder extends Optimizer {
  gradients = new Map<string, number[]>();

  override update(gradients: ReadonlyMap<string, tf.Tensor>): void {
    this.gradients = valuesOf(gradients);
  }
}

const PLAIN = { learningRate: 0.1, clip: 0, dropoutKey: undefined };

function batch(rows: number, micro = 0): TokenBatch {
  return batchAt(TEXT, { batchSize: rows, context: 4, seed: 9, step: 0, micro });
}

function together(a: TokenBatch, b: TokenBatch): TokenBatch {
  return {
    size: a.size + b.size,
    counted: a.counted + b.counted,
    shape: [a.shape[0] + b.shape[0], a.shape[1]],
    tokens: Int32Array.of(...a.tokens, ...b.tokens),
    targets: Int32Array.of(...a.targets, ...b.targets),
  };
}

async function recorded(model: LanguageModel, input: OneStep) {
  const recorder = new Recorder(model.parameters);
  const result = await takeStep(model, recorder, input);
  recorder.dispose();
  return { ...result, gradients: recorder.gradients };
}

function all({ gradients }: { gradients: Map<string, number[]> }): number[] {
  return [...gradients.values()].flat();
}

it.each(LANGUAGE_ARCHS)('two micro-batches of a %s are as one batch of both', async (arch) => {
  const model = tinyModel(arch);
  const [a, b] = [batch(3, 0), batch(3, 1)];
  const whole = await recorded(model, { ...PLAIN, batches: [together(a, b)] });
  const parts = await recorded(model, { ...PLAIN, batches: [a, b] });
  expect(parts.loss).toBeCloseTo(whole.loss, 6);
  expect(parts.gradNorm).toBeCloseTo(whole.gradNorm, 6);
  expect([...parts.gradients.keys()]).toEqual([...model.parameters.keys()]);
  expect(all(parts)).toAgree(all(whole), 1e-5);
  // and neither is the gradient of the first alone
  const first = await recorded(model, { ...PLAIN, batches: [a] });
  expect(all(first)).not.toAgree(all(whole), 0.1);
  model.dispose();
});

it.each([
  [1, 3],
  [3, 1],
])('micro-batches of %i and %i rows weigh as many losses as they have', async (...rows) => {
  const model = tinyModel();
  const [a, b] = [batch(rows[0], 0), batch(rows[1], 1)];
  const whole = await recorded(model, { ...PLAIN, batches: [together(a, b)] });
  const parts = await recorded(model, { ...PLAIN, batches: [a, b] });
  expect(parts.loss).toBeCloseTo(whole.loss, 6);
  expect(parts.gradNorm).toBeCloseTo(whole.gradNorm, 6);
  expect(all(parts)).toAgree(all(whole), 1e-5);
  model.dispose();
});

it('each micro-batch has dropout masks of its own', async () => {
  const model = tinyModel('gpt', 0.5);
  const a = batch(3);
  const dropoutKey = keyFor(1, 'dropout', 0);
  const once = await recorded(model, { ...PLAIN, dropoutKey, batches: [a] });
  const twice = await recorded(model, { ...PLAIN, dropoutKey, batches: [a, a] });
  expect(twice.loss).not.toBeCloseTo(once.loss, 4);
  model.dispose();
});

it('a step clips the norm of all gradients together, and leaves a shorter one alone', async () => {
  const model = tinyModel();
  const input = { ...PLAIN, batches: [batch(4)] };
  const norm = Math.hypot(...all(await recorded(model, input)));
  model.dispose();
  for (const [clip, length] of [
    [0, norm],
    [norm / 4, norm / 4],
    [norm * 2, norm],
  ] as const) {
    const model = tinyModel();
    const optimizer = new Optimizer(model.parameters, { ...USUAL, beta1: 0.75 });
    const { gradNorm } = await takeStep(model, optimizer, { ...input, clip });
    expect(gradNorm).toBeCloseTo(norm, 5); // as it was
    const means = [...valuesOf(optimizer.state)].filter(([name]) => name.endsWith('.mean'));
    // The first step's running mean is a quarter of the gradient.
    expect(4 * Math.hypot(...means.flatMap(([, values]) => values))).toBeCloseTo(length, 5);
    optimizer.dispose();
    model.dispose();
  }
});

it('a step decays matrices and nothing else', () => {
  const model = tinyModel('gpt');
  const optimizer = new Optimizer(model.parameters, { beta1: 0.9, beta2: 0.99, weightDecay: 0.5 });
  const before = valuesOf(model.parameters);
  const zeros = new Map([...model.parameters].map(([name, p]) => [name, tf.zeros(p.shape)] as const));
  const measures = { loss: tf.scalar(1), norm: tf.scalar(0) };
  optimizer.update(zeros, { learningRate: 0.2, clip: 1, ...measures });
  for (const [name, parameter] of model.parameters) {
    // Without a gradient only decay is left: 1 − 0.2 · 0.5 of what there was.
    const left = parameter.rank === 2 ? 0.9 : 1;
    for (const [i, value] of parameter.dataSync().entries()) {
      expect(value, name).toBeCloseTo(before.get(name)![i]! * left, 7);
    }
  }
  expect([...model.parameters.values()].map(({ rank }) => rank)).toEqual(expect.arrayContaining([1, 2]));
  tf.dispose([...zeros.values(), ...Object.values(measures)]);
  optimizer.dispose();
  model.dispose();
});

it.each(['only', 'first', 'second'])(
  'a loss that is not finite in the %s micro-batch changes nothing',
  async (which) => {
    const model = tinyModel();
    const optimizer = new Optimizer(model.parameters);
    const sick = poisoned(model, (call) => call === (which === 'second' ? 2 : 1));
    const input = {
      ...PLAIN,
      batches: which === 'only' ? [batch(2)] : [batch(2), batch(2, 1)],
    };
    const before = [valuesOf(model.parameters), valuesOf(optimizer.state)];
    const tensors = tf.memory().numTensors;
    const result = await takeStep(sick, optimizer, input);
    expect(result).toMatchObject({ applied: false, loss: Number.NaN });
    expect([valuesOf(model.parameters), valuesOf(optimizer.state)]).toEqual(before);
    expect(optimizer.steps).toBe(1);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await takeStep(model, optimizer, input)).toMatchObject({ applied: true });
    expect(optimizer.steps).toBe(2);
    expect(valuesOf(model.parameters)).not.toEqual(before[0]);
    optimizer.dispose();
    model.dispose();
  },
);

// Our reverse pass against tfjs's own, bit for bit; what it holds while it goes, and what it leaves behind.

import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { ModelConfig } from '../../src/architectures/config.ts';
import { keyFor } from '../../src/base/random.ts';
import { accumulate } from '../../src/ops/reverse.ts';
import { lossAndGradients } from '../../src/training/gradients.ts';
import { GPT, ids, LLAMA, LSTM, livelyModel, randomTexts, STACKED } from '../models/example.ts';
import { composed, testBackends } from '../ops/backends.ts';
import { leavingNothing } from '../ops/measure.ts';

type Parameters = Map<string, tf.Variable>;

const { present } = await testBackends();

describe.each(present)('on $name, the same bits as tf.variableGrads', (backend) => {
  beforeAll(() => backend.start());

  // The reverse pass knows nothing of the backend, and a GPU in software compiles each program for seconds.
  const others: [string, ModelConfig][] = [
    ['gpt', GPT],
    ['llama', LLAMA],
    ...STACKED,
    ['lstm with its head tied', { ...LSTM, tiedHead: true }],
  ];
  it.each<[string, ModelConfig]>([
    ['gpt with dropout', { ...GPT, dropout: 0.2 }],
    ...(backend.name === 'webgpu' ? [] : others),
  ])('%s', async (_, config) => {
    const model = livelyModel(config);
    const [tokens, targets] = [3, 4].map((seed) => ids(randomTexts(seed, 2, 9, config.vocabSize)));
    const options = Number(config.dropout) > 0 ? { dropoutKey: keyFor(1, 'dropout', 0) } : {};
    await expectSame(() => model.loss(tokens!, targets!, options), new Map(model.parameters));
    tf.dispose([tokens!, targets!]);
    model.dispose();
  });

  it('a graph with branches, reuse, unused outputs and a view', async () => {
    const parameters = variables({ a: [4, 3], b: [3], c: [4, 3] });
    const [a, b, c] = [...parameters.values()] as [tf.Variable, tf.Variable, tf.Variable];
    await expectSame(() => {
      const [left] = tf.split(a, [1, 2], 1) as [tf.Tensor]; // the other part is not used
      const [row, , last] = tf.unstack(a.mul(a)) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const stream = a.add(c).add(a); // one gradient for three
      const view = stream.reshape([3, 4]).transpose();
      const picked = tf.gather(stream, [2, 0, 2]); // (3, 3)
      c.exp().sum(); // leads nowhere
      const terms = [left.square(), row.mul(last), view.tanh(), picked.mul(b), tf.concat([a, stream]).sin()];
      return tf.addN(terms.map((term) => term.sum())) as tf.Scalar;
    }, parameters);
  });

  it('a custom gradient that hands on what it was given', async () => {
    const parameters = variables({ a: [3] });
    const same = tf.customGrad((x) => ({ value: (x as tf.Tensor).clone(), gradFunc: (dy) => dy }));
    const both = tf.customGrad((x, y) => ({
      value: tf.add(x as tf.Tensor, y as tf.Tensor),
      gradFunc: (dy) => [dy.clone(), dy.clone()],
    }));
    const [a] = [...parameters.values()] as [tf.Variable];
    await expectSame(() => {
      const x = same(a);
      return both(x, x.square()).sum() as tf.Scalar;
    }, parameters);
  });

  it('a network of stock layers', async () => {
    const net = tf.sequential({
      layers: [
        tf.layers.dense({ units: 7, activation: 'relu', inputShape: [5] }),
        tf.layers.layerNormalization(),
        tf.layers.dense({ units: 3, activation: 'softmax' }),
      ],
    });
    const parameters = new Map(
      net.trainableWeights.map((weight) => [weight.name, weight.read() as tf.Variable]),
    );
    const x = tf.randomNormal([6, 5], 0, 1, 'float32', 1);
    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 2, 1, 0], 'int32'), 3);
    await expectSame(
      () => tf.metrics.categoricalCrossentropy(labels, net.apply(x) as tf.Tensor).mean() as tf.Scalar,
      parameters,
    );
    tf.dispose([x, labels]);
    net.dispose();
  });

  it('a gradient inside a gradient', async () => {
    const parameters = variables({ a: [3] });
    const [a] = [...parameters.values()] as [tf.Variable];
    await expectSame(() => {
      const slope = tf.grad((x) => x.mul(x).mul(x).sum())(a); // 3 a²
      return slope.square().sum() as tf.Scalar;
    }, parameters);
  });
});

describe('the reverse pass', () => {
  beforeAll(() => composed.start());

  it('frees memory as it goes back, where tfjs holds everything to the end', () => {
    const growth = (differentiate: Differentiate) =>
      bytesAtTheFirstLayer(differentiate, 16) - bytesAtTheFirstLayer(differentiate, 4);
    const layer = 4 * SIZE;
    expect(growth((loss, parameters) => tf.variableGrads(loss, [...parameters.values()]).grads)).toBe(
      12 * 3 * layer, // what each layer saved, the cosine, and the gradient of its input
    );
    expect(growth((loss, parameters) => [...lossAndGradients(loss, parameters).gradients.values()])).toBe(0);
  });

  it.each<[string, () => tf.Tensor, string]>([
    ['the loss', () => fail(), 'on purpose'],
    [
      'a gradient',
      () => tf.customGrad((x) => ({ value: (x as tf.Tensor).exp(), gradFunc: fail }))(one()),
      'on purpose',
    ],
    ['a parameter without a part in it', () => one().square(), 'does not depend on unused'],
    [
      'a gradient of the wrong shape',
      () => tf.customGrad((x) => ({ value: (x as tf.Tensor).sum(), gradFunc: (dy) => dy }))(one()),
      'expected the gradient of 0 as float32 of shape (2), but got float32 of shape ()',
    ],
  ])('an error in %s leaves nothing behind', async (_, last, message) => {
    shared = variables({ one: [2], unused: [2] });
    await leavingNothing(async () => {
      const loss = () => one().exp().mul(one()).sum().add(last().sum()) as tf.Scalar;
      expect(() => lossAndGradients(loss, shared)).toThrow(message);
    });
    const { activeTape, gradientDepth } = tf.engine().state;
    expect([activeTape ?? null, gradientDepth]).toEqual([null, 0]);
    tf.dispose([...shared.values()]);
  });
});

describe('accumulate', () => {
  let calls = 0;
  beforeAll(async () => {
    await composed.start();
    tf.registerKernel({
      kernelName: 'AccumulateInto',
      backendName: composed.name,
      kernelFunc: ({ inputs }) => {
        calls++;
        const [into, from] = [inputs.into!, inputs.from!].map(({ dataId }) => tf.backend().readSync(dataId));
        for (const [i, value] of (from as Float32Array).entries()) (into as Float32Array)[i]! += value;
        return [];
      },
    });
    return () => tf.unregisterKernel('AccumulateInto', composed.name);
  });

  it('adds in place to a gradient that nothing else shares', async () => {
    calls = 0;
    await leavingNothing(async () => {
      const sum = tf.tensor1d([1, 2]);
      const total = accumulate(sum, tf.tensor1d([10, 20]));
      expect(total.dataId).toBe(sum.dataId);
      expect([...(await total.data())]).toEqual([11, 22]);
      total.dispose();
    });
    expect(calls).toBe(1);
  });

  it('adds elsewhere to a gradient that is shared', async () => {
    calls = 0;
    await leavingNothing(async () => {
      const other = tf.tensor1d([1, 2]);
      const total = accumulate(other.clone(), tf.tensor1d([10, 20]));
      expect([...(await total.data())]).toEqual([11, 22]);
      expect([...(await other.data())]).toEqual([1, 2]);
      const twice = accumulate(total, total.clone());
      expect([...(await twice.data())]).toEqual([22, 44]);
      tf.dispose([other, twice]);
    });
    expect(calls).toBe(0);
  });

  it('serves the reverse pass', async () => {
    calls = 0;
    const parameters = variables({ a: [3] });
    const [a] = [...parameters.values()] as [tf.Variable];
    await expectSame(() => tf.addN([a.sin(), a.exp(), a.tanh()]).sum() as tf.Scalar, parameters);
    expect(calls).toBe(2);
  });
});

type Differentiate = (loss: () => tf.Scalar, parameters: Parameters) => tf.TensorContainer;

const SIZE = 1000;

/** A chain of layers that save their inputs; what is alive when the gradient arrives at the first. */
function bytesAtTheFirstLayer(differentiate: Differentiate, depth: number): number {
  let bytes = 0;
  const layer = tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor]);
    const gradFunc = (dy: tf.Tensor, [input]: tf.Tensor[]) => {
      bytes = tf.memory().numBytes;
      return dy.mul(input!.cos());
    };
    return { value: (x as tf.Tensor).sin(), gradFunc };
  });
  const parameters = variables({ a: [SIZE] });
  const before = tf.memory().numBytes;
  const loss = () => {
    let x: tf.Tensor = parameters.get('a')!;
    for (let i = 0; i < depth; i++) x = layer(x);
    return x.sum() as tf.Scalar;
  };
  tf.tidy(() => {
    differentiate(loss, parameters);
  });
  tf.dispose([...parameters.values()]);
  return bytes - before;
}

async function expectSame(loss: () => tf.Scalar, parameters: Parameters): Promise<void> {
  const expected = tf.variableGrads(loss, [...parameters.values()]);
  await leavingNothing(async () => {
    const actual = lossAndGradients(loss, parameters);
    expect(await actual.loss.data()).toEqual(await expected.value.data());
    expect([...actual.gradients.keys()]).toEqual([...parameters.keys()]);
    for (const [name, gradient] of actual.gradients) {
      const same = expected.grads[parameters.get(name)!.name]!;
      expect(gradient.shape, name).toEqual(same.shape);
      expect(await gradient.data(), name).toEqual(await same.data());
    }
    tf.dispose([actual.loss, ...actual.gradients.values()]);
  });
  tf.dispose([expected.value, expected.grads]);
}

function variables(shapes: Record<string, number[]>): Parameters {
  const random = (shape: number[], seed: number) =>
    tf.tidy(() => tf.variable(tf.randomNormal(shape, 0, 1, 'float32', seed)));
  return new Map(Object.entries(shapes).map(([name, shape], i) => [name, random(shape, i + 1)]));
}

let shared: Parameters;

function one(): tf.Variable {
  return shared.get('one')!;
}

function fail(): never {
  throw new Error('on purpose');
}

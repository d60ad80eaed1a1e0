// An engine in one memory whose views go stale gives, to the bit, what `native` gives with a buffer for each tensor.
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { CpuEngine } from '../../../src/backends/cpu/engine.ts';
import { registerEngine } from '../../../src/backends/cpu/register.ts';
import { startBackend } from '../../../src/backends/index.ts';
import { loadAddon } from '../../../src/backends/native/addon.ts';
import { composed } from '../../ops/backends.ts';
import { CASES } from '../../ops/cases.ts';
import { gradientsOf, leavingNothing, outputsOf } from '../../ops/measure.ts';
import { mapValues, normal, type OpCase } from '../../ops/op-case.ts';
import { nearestBf16 } from '../bf16.ts';
import { oneBufferEngine } from './one-buffer.ts';

const NAME = 'one-buffer';
const state = loadAddon();
const missing = 'reason' in state ? state.reason : undefined;

describe.skipIf(missing)(missing ?? 'an engine in one buffer', () => {
  let engine: CpuEngine;
  let released: readonly number[];

  beforeAll(async () => {
    await startBackend('native', { precision: 'fp32' });
    ({ engine, released } = oneBufferEngine());
    registerEngine(engine, NAME);
  });

  /** What `work` gives on native, and in one buffer. */
  async function bothWays<T>(work: () => T | Promise<T>): Promise<[native: T, here: T]> {
    await tf.setBackend('native');
    const native = await work();
    await tf.setBackend(NAME);
    return [native, await work()];
  }

  async function thereAndBack(opCase: OpCase) {
    const values = await outputsOf(opCase);
    if (opCase.differentiable.length === 0) return { values };
    const upstream = mapValues(values, ({ shape }, name) => normal(`upstream ${name}`, shape));
    return { values, gradients: await gradientsOf(opCase, upstream) };
  }

  it.each(CASES.map((opCase) => [`${opCase.op} ${opCase.name}`, opCase] as const))(
    '%s',
    async (_, opCase) => {
      const [native, here] = await bothWays(() => thereAndBack(opCase));
      expect(here).toEqual(native);
    },
  );

  const X = normal('x', [6, 5, 4]);
  const x = () => tf.tensor(Float32Array.from(X.data), X.shape);
  const ids = () => tf.tensor1d([2, 0, 5, 2], 'int32');
  const STOCK: Record<string, () => tf.Tensor | tf.Tensor[]> = {
    'an element-wise chain': () => x().mul(2).exp().add(x()).sub(tf.scalar(1)).div(x().square().add(1)),
    'clipping and a leaky ReLU': () => x().clipByValue(-0.5, 1).leakyRelu(0.1),
    'a comparison, and its part': () => x().greater(0).slice([1], [3]).logicalNot(),
    'a choice by condition': () => tf.where(x().greater(0), x(), x().neg()),
    'sums over axes that lie apart': () => [x().sum([0, 2]), x().max(1), x().prod(2), x().mean()],
    'a fused product of transposed matrices': () =>
      tf.fused.matMul({
        a: x().transpose([0, 2, 1]),
        b: x().slice([0], [1]),
        bias: tf.ones([4]),
        activation: 'relu',
      }),
    'a product that broadcasts': () => tf.matMul(x(), x().slice([2], [1]), true, false),
    'parts in another order': () => [
      tf.concat([x(), x()], 1),
      tf.stack([x(), x()]),
      x().pad([
        [1, 0],
        [0, 2],
        [1, 1],
      ]),
    ],
    'parts of a whole': () => [
      ...tf.split(x(), 5, 1),
      ...tf.unstack(x(), 2),
      x().reverse(1),
      x().tile([2, 1, 1]),
    ],
    'rows by id': () => [
      tf.gather(x(), ids()),
      tf.oneHot(ids(), 6),
      tf.unsortedSegmentSum(x().slice([0], [4]), ids(), 6),
    ],
    'other types': () => [x().cast('int32'), ids().cast('float32'), ids().add(1), ids().cast('bool')],
    'tfjs’s own kernels': () => [
      x().cumsum(1),
      x().topk(2).values,
      x().argMax(1),
      tf.softmax(x()),
      x().cos(),
    ],
    'an empty tensor': () => x().slice([0, 0, 0], [0, 5, 4]).add(1),
  };

  it.each(Object.keys(STOCK))('%s', async (name) => {
    const [native, here] = await bothWays(() =>
      leavingNothing(async () =>
        tf.tidy(() => {
          const y = STOCK[name]!();
          return (Array.isArray(y) ? y : [y]).map((part) => [part.dtype, part.shape, part.dataSync()]);
        }),
      ),
    );
    expect(here).toEqual(native);
  });

  it('hands out copies, so that numbers stay as they were read', async () => {
    await tf.setBackend(NAME);
    const y = x();
    const numbers = y.dataSync();
    engine.floatsInPlace(y).fill(7);
    y.dispose();
    tf.fill(X.shape, -1).dispose();
    expect([...numbers]).toEqual([...Float32Array.from(X.data)]);
  });

  it('lends memory again once it was given back', async () => {
    await tf.setBackend(NAME);
    const step = () => tf.tidy(() => x().add(1).mul(x()).sum().dispose());
    step();
    const { pool } = engine.backend.memory();
    step();
    expect(engine.backend.memory().pool).toEqual(pool);
  });

  it('takes in tensors of another backend, which are then changed in place', async () => {
    await composed.start();
    const [there, more] = [x(), x()];
    await tf.setBackend(NAME);
    const sum = tf.tidy(() => there.add(more));
    engine.ops.add(1, 120, 1, 120, engine.floats(there), engine.floats(more), engine.floatsInPlace(more));
    expect(more.dataSync()).toEqual(sum.dataSync());
    tf.dispose([there, more, sum]);
  });

  it('holds weights as bfloat16, in memory that is released with them', async () => {
    await tf.setBackend(NAME);
    const weight = x();
    engine.holdAsBf16(weight);
    expect([...weight.dataSync()]).toEqual(X.data.map(nearestBf16));
    expect(released).toEqual([]);
    weight.dispose();
    expect(released).toEqual([2 * X.data.length]);
  });
});

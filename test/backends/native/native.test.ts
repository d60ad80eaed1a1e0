// native's memory and how it starts: what tfjs does with tensors must never meet memory that was lent to another one.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as tf from '#tfjs';
import type { CpuOps } from '../../../src/backends/cpu/ops.ts';
import { startBackend } from '../../../src/backends/index.ts';
import { chooseTarget, loadAddon } from '../../../src/backends/native/addon.ts';
import { native, nativeEngine } from '../../../src/backends/native/index.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { composed } from '../../ops/backends.ts';
import { tsgpt } from '../../program.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { bitsOf, nearestBf16 } from '../bf16.ts';

const state = loadAddon();
const missing = 'reason' in state ? state.reason : undefined;

const SHAPE = [64, 32]; // large enough for the pool
const SIZE = 64 * 32;
const COUNTED = Float32Array.from({ length: SIZE }, (_, i) => i);

/** A tensor in pooled memory, as a kernel of ours makes it, of 0, 1, 2… */
function pooled(): tf.Tensor {
  const y = nativeEngine().output(SHAPE);
  y.values.set(COUNTED);
  return tf.engine().makeTensorFromTensorInfo(y.info);
}

/** Lends all memory of that size that is idle, and more, to others that write over it. */
function writeOverIdleMemory(): void {
  const infos = Array.from({ length: 8 }, () => nativeEngine().output(SHAPE)).map(({ info, values }) => {
    values.fill(-1);
    return info;
  });
  for (const info of infos) tf.engine().makeTensorFromTensorInfo(info).dispose();
}

const poolMemory = () => nativeEngine().backend.memory().pool;
const lentBytes = () => poolMemory().lentBytes;

describe.skipIf(missing)(missing ?? 'native', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});

  beforeAll(async () => {
    await startBackend('plain'); // replaces kernels of tfjs's CPU backend
    await startBackend('native');
  });
  afterAll(() => warn.mockRestore());

  it('has every kernel of tfjs’s CPU backend, and none of plain’s', () => {
    const kernels = (name: string) =>
      new Map(tf.getKernelsForBackend(name).map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]));
    const [native, stock, plain] = [kernels('native'), kernels(composed.name), kernels('cpu')];
    expect([...stock.keys()].filter((name) => !native.has(name))).toEqual([]);
    const plains = [...plain].filter(([name, kernel]) => stock.get(name) !== kernel);
    expect(plains.length).toBeGreaterThan(5);
    expect(plains.filter(([name, kernel]) => native.get(name) === kernel)).toEqual([]);
  });

  it('starts without a word', () => {
    tf.tidy(() => tf.ones([2]).add(1).dataSync());
    expect(warn).not.toHaveBeenCalled();
  });

  describe('numbers held as another type are converted', () => {
    it.each([
      ['int32 cast to float32', () => tf.tensor1d([1, -2, 3], 'int32').cast('float32'), [1, -2, 3]],
      ['bool cast to float32', () => tf.tensor1d([true, false], 'bool').cast('float32'), [1, 0]],
      ['float32', () => tf.tensor1d([0.5, -2]), [0.5, -2]],
    ])('%s', (_, make, expected) => {
      expect(nativeEngine().floats(make())).toEqual(Float32Array.from(expected));
    });

    it.each([
      ['oneHot', () => tf.oneHot(tf.tensor1d([1, 0], 'int32'), 2), [0, 1, 1, 0]],
      ['int32', () => tf.tensor1d([7, 8], 'int32'), [7, 8]],
    ])('%s', (_, make, expected) => {
      expect(nativeEngine().ints(make())).toEqual(Int32Array.from(expected));
    });

    it('text is refused', () => {
      expect(() => nativeEngine().floats(tf.tensor1d(['a']))).toThrow('expected numbers, but got string');
    });
  });

  describe('a part outlives the tensor that it was taken from', () => {
    it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
      ['slice', (x) => x.slice([8, 0], [8, 32])],
      ['split', (x) => tf.split(x, 8, 0)[1]!],
      ['unstack', (x) => tf.unstack(x.reshape([8, 256]))[1]!],
      ['stridedSlice', (x) => tf.stridedSlice(x, [8, 0], [16, 32], [1, 1])],
      ['gather', (x) => tf.gather(x.reshape([8, 256]), [1])],
      ['concat of one', (x) => tf.concat([x]).slice([8, 0], [8, 32])],
    ])('%s', (_, part) => {
      const kept = tf.tidy(() => part(pooled()));
      writeOverIdleMemory();
      expect(kept.dataSync()).toEqual(COUNTED.slice(256, 512));
    });

    it('and the tensor outlives the part', () => {
      const x = pooled();
      x.slice([0, 0], SHAPE).dispose();
      x.reshape([-1]).dispose();
      writeOverIdleMemory();
      expect(x.dataSync()).toEqual(COUNTED);
    });
  });

  it('memory goes back when the last that shares it is gone', () => {
    const before = lentBytes();
    const x = pooled();
    const variable = tf.variable(x);
    const clone = tf.tidy(() => x.reshape([-1]).clone());
    x.dispose();
    variable.dispose();
    writeOverIdleMemory();
    expect(lentBytes()).toBe(before + 4 * SIZE);
    const values = nativeEngine().floats(clone);
    expect(values).toEqual(COUNTED);
    clone.dispose();
    expect(lentBytes()).toBe(before);
    expect(nativeEngine().output(SHAPE).values.buffer).toBe(values.buffer);
  });

  it.each<[string, (x: tf.Tensor) => Promise<ArrayLike<number>>]>([
    ['dataSync', async (x) => x.dataSync()],
    ['data', (x) => x.data()],
    ['bufferSync', async (x) => x.bufferSync().values],
  ])('numbers that %s handed out stay as they were', async (_, read) => {
    const x = pooled();
    const numbers = await read(x);
    x.dispose();
    writeOverIdleMemory();
    expect(numbers).toEqual(COUNTED);
  });

  it('an array that a tensor was made of is never lent', () => {
    const array = Float32Array.from(COUNTED);
    const x = tf.tensor(array, SHAPE);
    const y = x.clone();
    x.dispose();
    y.dispose();
    writeOverIdleMemory();
    expect(array).toEqual(COUNTED);
  });

  it('a tensor may come from another backend, and go there', async () => {
    const x = pooled();
    await composed.start();
    const [there, y] = [x.add(1), tf.tensor(Float32Array.from(COUNTED), SHAPE)];
    await startBackend('native');
    const here = y.add(1);
    y.dispose();
    const back = there.sub(0);
    x.dispose();
    writeOverIdleMemory();
    for (const sum of [there, here, back]) expect(sum.dataSync()).toEqual(COUNTED.map((value) => value + 1));
  });

  it('a training step lives on the memory of the one before', () => {
    const w = tf.variable(tf.randomNormal([32, 32]));
    const step = () =>
      tf.tidy(() => {
        const ours = tf.customGrad(() => ({
          value: pooled(),
          gradFunc: (dy: tf.Tensor) => dy.mul(pooled()),
        }));
        tf.variableGrads(() => ours(pooled().matMul(w)).sum());
      });
    const used = () => {
      step();
      return { ...poolMemory(), tensors: tf.memory().numTensors };
    };
    used();
    const second = used();
    expect(second.idleBytes).toBeGreaterThan(0);
    for (let i = 0; i < 20; i++) step();
    expect(used()).toEqual(second);
  });

  it('int32 outputs come from the pool too', () => {
    const { info, values } = nativeEngine().outputInts(SHAPE);
    expect([values.length, info.dtype, values.BYTES_PER_ELEMENT]).toEqual([SIZE, 'int32', 4]);
    values.fill(5);
    const tensor = tf.engine().makeTensorFromTensorInfo(info);
    expect(tensor.sum().dataSync()[0]).toBe(5 * SIZE);
  });

  describe('values held as bfloat16', () => {
    const NUMBERS = [0, -0, 1, -3.140625, 1.00390625, 1.01171875, 1e-40, 3.4e38, Infinity, -Infinity, 0.1];

    it('are the nearest there are, of two equally near the even one', () => {
      const x = tf.tensor1d(NUMBERS);
      nativeEngine().holdAsBf16(x);
      expect([...x.dataSync()]).toEqual(NUMBERS.map(nearestBf16));
      expect(nativeEngine().bf16Values(x)).toEqual(
        Uint16Array.from(NUMBERS, (value) => bitsOf(nearestBf16(value)) >>> 16),
      );
    });

    it('can be NaN', () => {
      const x = tf.tensor1d([Number.NaN, 1]);
      nativeEngine().holdAsBf16(x);
      expect([...x.dataSync()]).toEqual([Number.NaN, 1]);
    });

    it('give back the memory that they had', () => {
      const x = pooled();
      const before = lentBytes();
      nativeEngine().holdAsBf16(x);
      expect(lentBytes()).toBe(before - 4 * SIZE);
      writeOverIdleMemory();
      expect(x.dataSync()).toEqual(COUNTED.map(nearestBf16));
      x.dispose();
      expect(lentBytes()).toBe(before - 4 * SIZE);
    });

    it('are float32 to all of tfjs', () => {
      const x = tf.variable(tf.randomNormal(SHAPE));
      const expected = Float32Array.from(x.dataSync(), nearestBf16);
      nativeEngine().holdAsBf16(x);
      nativeEngine().holdAsBf16(x); // changes nothing
      expect(
        [x, x.clone(), x.reshape([-1]), pooled()].map((tensor) => nativeEngine().isBf16(tensor)),
      ).toEqual([true, true, true, false]);
      expect(nativeEngine().floats(x)).toEqual(expected);
      expect(x.add(1).dataSync()).toEqual(expected.map((value) => value + 1));
      expect(x.transpose().transpose().dataSync()).toEqual(expected);
      x.dataSync().fill(0); // a copy
      expect(x.dataSync()).toEqual(expected);
      x.assign(tf.zeros(SHAPE));
      expect(nativeEngine().isBf16(x)).toBe(false);
    });

    it('are those of matrices, where a model’s weights are to be held so', () => {
      const [matrix, vector] = [tf.variable(tf.ones([2, 3])), tf.variable(tf.ones([3]))];
      native.holdWeightsAsBf16?.([matrix, vector]);
      expect([matrix, vector].map((tensor) => nativeEngine().isBf16(tensor))).toEqual([true, false]);
    });

    it('cannot be changed in place, nor whole numbers be held so', () => {
      const x = tf.tensor1d([1, 2]);
      nativeEngine().floatsInPlace(x)[0] = 3;
      expect([...x.dataSync()]).toEqual([3, 2]);
      nativeEngine().holdAsBf16(x);
      expect(() => nativeEngine().floatsInPlace(x)).toThrow('only values held as float32');
      expect(() => nativeEngine().floatsInPlace(tf.tensor1d([1], 'int32'))).toThrow(
        'only values held as float32',
      );
      expect(() => nativeEngine().holdAsBf16(tf.tensor1d([1], 'int32'))).toThrow('but got int32');
    });
  });

  it.each<[keyof CpuOps, unknown[]]>([
    ['toBf16', []],
    ['toBf16', [2, new Float32Array(1), new Uint16Array(2)]],
    ['toBf16', [2, new Int32Array(2), new Uint16Array(2)]],
    ['toBf16', [2, [1, 2], new Uint16Array(2)]],
    ['toBf16', [-1, new Float32Array(2), new Uint16Array(2)]],
    ['toBf16', [2 ** 60, new Float32Array(2), new Uint16Array(2)]],
    ['toBf16', [Number.NaN, new Float32Array(2), new Uint16Array(2)]],
    ['toBf16', [2, new Float32Array(2), new Uint16Array(2), 1]],
  ])('a wrong call of %s says so: %j', (name, values) => {
    const call = () => Reflect.apply(nativeEngine().ops[name], undefined, values);
    expect(call).toThrow(Error);
    expect(call).toThrow(new RegExp(`^${name}: `));
  });

  describe('in a process', () => {
    const cwd = temporaryFolder();

    const doctor = async (env: Record<string, string>) => {
      const { code, stdout, stderr } = await tsgpt(['doctor', '--json'], { cwd, env });
      const { backends, chosen } = code === 0 ? JSON.parse(stdout) : { backends: [] };
      const native = backends.find(({ name }: { name: string }) => name === 'native');
      return { code, stderr, native, chosen };
    };

    it('doctor tells its target and threads', async () => {
      const { native } = await doctor({ NATIVE: '', TSGPT_TARGET: '' });
      expect(native).toMatchObject({
        usable: true,
        detail: expect.stringMatching(/^C\+\+, (avx512bf16|avx512|avx2|baseline), \d+ threads?$/),
      });
    });

    it('with NATIVE=off another one runs, and doctor tells why', async () => {
      const { native, chosen } = await doctor({ NATIVE: 'off' });
      expect(native).toMatchObject({ usable: false, reason: 'turned off by NATIVE=off' });
      expect(chosen).not.toBe('native');
    });

    it('a target that there is not is an error', async () => {
      const { code, stderr } = await doctor({ TSGPT_TARGET: 'avx1024' });
      expect(code).toBe(2);
      expect(stderr).toContain('this CPU cannot run TSGPT_TARGET=avx1024');
    });
  });
});

it('takes the best target, or the one asked for', () => {
  const here = ['avx512', 'avx2', 'baseline'];
  expect(chooseTarget(here, undefined)).toBe('avx512');
  expect(chooseTarget(here, '')).toBe('avx512');
  expect(chooseTarget(here, 'avx2')).toBe('avx2');
  expect(() => chooseTarget(here, 'avx512bf16')).toThrow(UsageError);
});

// Choosing a backend: by name, by mistake, and when there is nothing behind the name.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { afterEach, beforeAll, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import * as tf from '#tfjs';
import { BACKENDS, type Backend, holdWeightsAsBf16, startBackend } from '../../src/backends/index.ts';
import { probePackages } from '../../src/backends/tensorflow/index.ts';
import { TsgptError, UsageError } from '../../src/base/errors.ts';

const GPU = '@tensorflow/tfjs-node-gpu';
const CPU = '@tensorflow/tfjs-node';

describe('startBackend', () => {
  afterEach(() => vi.restoreAllMocks());

  it('starts the one asked for, and tfjs runs on it', async () => {
    const started = await startBackend('plain');
    expect(started).toEqual({
      name: 'plain',
      detail: 'plain JavaScript, one thread',
      why: 'asked for',
      precision: 'fp32',
      whyPrecision: 'plain computes in fp32 alone',
    });
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.getKernel('AdamW', 'cpu')).toBeDefined();
  });

  it('can be asked twice', async () => {
    await startBackend('plain');
    const { kernelFunc } = tf.getKernel('BatchMatMul', 'cpu');
    await startBackend('plain');
    expect(tf.getKernel('BatchMatMul', 'cpu').kernelFunc).toBe(kernelFunc);
  });

  it('left to choose, takes the first that can run and says what it passed over', async () => {
    absent('webgpu', 'no GPU');
    absent('tensorflow', 'no runtime');
    absent('native', 'not built');
    const started = await startBackend();
    expect(started.name).toBe('plain');
    expect(started.why).toBe('the fastest that runs here; no GPU; no runtime; not built');
  });

  it('asked for one that cannot run, says why and what would change that', async () => {
    absent('tensorflow', 'no runtime');
    const error = await failure(startBackend('tensorflow'));
    expect(error).toBeInstanceOf(TsgptError);
    expect(error).toMatchObject({
      message: 'the backend tensorflow cannot run here: no runtime',
      hint: 'get one',
      exitCode: 1,
    });
  });

  it('does not take it for started when tfjs only warns that it is not', async () => {
    vi.spyOn(known('tensorflow'), 'probe').mockResolvedValue({ usable: true, detail: 'a fake' });
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    tf.registerBackend('tensorflow', () => {
      throw new Error('no device');
    });
    const error = await failure(startBackend('tensorflow'));
    tf.removeBackend('tensorflow');
    expect(error).toBeInstanceOf(TsgptError);
    expect(error).toMatchObject({
      message: 'the backend tensorflow did not start',
      hint: 'tfjs printed the reason above',
    });
    expect(warn).toHaveBeenCalled();
  });

  it.each([
    ['plian', 'did you mean plain?'],
    ['tensorflwo', 'did you mean tensorflow?'],
    ['Plain', 'did you mean plain?'],
    ['auot', 'did you mean auto?'],
    ['quantum-computer', 'known: auto, webgpu, tensorflow, native, plain'],
  ])('refuses %s', async (name, hint) => {
    const error = await failure(startBackend(name));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: `unknown backend "${name}"`, hint });
  });
});

describe('the precision and the threads', () => {
  let half: MockInstance<NonNullable<Backend['half']>>;
  let start: MockInstance<NonNullable<Backend['start']>>;

  beforeAll(() => {
    tf.registerBackend('fake', tf.findBackendFactory('cpu'));
    return () => tf.removeBackend('fake');
  });
  // A backend in the place of `native`, which is asked before `plain`.
  beforeEach(() => {
    absent('webgpu', 'no GPU');
    absent('tensorflow', 'no runtime');
    const native = known('native');
    vi.spyOn(native, 'tfjsName', 'get').mockReturnValue('fake');
    vi.spyOn(native, 'probe').mockResolvedValue({ usable: true, detail: 'a fake' });
    half = vi.spyOn(native, 'half').mockReturnValue({ precision: 'bf16', usable: true });
    start = vi.spyOn(native, 'start').mockReturnValue();
  });
  afterEach(() => vi.restoreAllMocks());

  it('left open, is bf16 where the backend has it, and fp32 with its reason elsewhere', async () => {
    expect(await startBackend()).toMatchObject({ name: 'native', precision: 'bf16' });
    half.mockReturnValue({ precision: 'bf16', usable: false, reason: 'too old' });
    const started = await startBackend();
    expect(started).toMatchObject({ name: 'native', precision: 'fp32', whyPrecision: 'too old' });
    expect(start.mock.calls).toEqual([[{ precision: 'bf16' }], [{ precision: 'fp32' }]]);
  });

  it('left open, is fp32 where the other is only for those who ask, with its reason', async () => {
    const reason = 'it wins little';
    half.mockReturnValue({ precision: 'fp16', usable: true, onlyIfAsked: reason });
    expect(await startBackend()).toMatchObject({ precision: 'fp32', whyPrecision: reason });
    expect(await startBackend('native', { precision: 'fp16' })).toMatchObject({ precision: 'fp16' });
    const error = await failure(startBackend('native', { precision: 'bf16' }));
    expect(error).toMatchObject({
      message: 'the backend native cannot compute in bf16 here: native has no bf16',
    });
  });

  it('are what was asked for', async () => {
    const started = await startBackend('native', { precision: 'fp32', threads: 3 });
    expect(started).toMatchObject({ precision: 'fp32', whyPrecision: 'asked for' });
    expect(await startBackend('native', { precision: 'bf16' })).toMatchObject({ precision: 'bf16' });
    expect(start.mock.calls).toEqual([[{ precision: 'fp32', threads: 3 }], [{ precision: 'bf16' }]]);
  });

  it('bf16 is refused with the reason where it cannot be had', async () => {
    expect(await failure(startBackend('plain', { precision: 'bf16' }))).toMatchObject({
      message: 'the backend plain cannot compute in bf16 here: plain computes in fp32 alone',
      hint: expect.stringContaining('fp32'),
    });
    half.mockReturnValue({ precision: 'bf16', usable: false, reason: 'too old' });
    const error = await failure(startBackend('auto', { precision: 'bf16' }));
    expect(error).toBeInstanceOf(TsgptError);
    expect(error).toMatchObject({
      message: 'no backend computes in bf16 here: no GPU; no runtime; too old; plain computes in fp32 alone',
    });
  });

  it('an unknown precision, or threads that the backend does not have, are refused', async () => {
    const unknown = await failure(startBackend('auto', { precision: 'bf61' }));
    expect(unknown).toBeInstanceOf(UsageError);
    expect(unknown).toMatchObject({ message: 'unknown precision "bf61"', hint: 'did you mean bf16?' });
    const threads = await failure(startBackend('plain', { threads: 2 }));
    expect(threads).toBeInstanceOf(UsageError);
    expect(threads).toMatchObject({ message: 'plain runs on one thread, but 2 were asked for' });
    await startBackend('plain', { threads: 1 });
  });

  it('weights are held as bf16 by a backend that can, and refused by others', async () => {
    const weight = tf.tidy(() => tf.variable(tf.ones([2, 2])));
    const held: unknown[] = [];
    const native = known('native');
    const { holdWeightsAsBf16: own } = native;
    try {
      native.holdWeightsAsBf16 = (parameters) => void held.push(...parameters);
      await startBackend('native');
      holdWeightsAsBf16([weight]);
      expect(held).toEqual([weight]);
    } finally {
      if (own) native.holdWeightsAsBf16 = own;
      else delete native.holdWeightsAsBf16;
    }
    await startBackend('plain');
    expect(() => holdWeightsAsBf16([weight])).toThrow('the backend plain cannot hold weights as bf16');
    weight.dispose();
  });
});

describe('tensorflow', () => {
  const missing = (name: string) =>
    Object.assign(new Error(`Cannot find package '${name}' imported from here`), {
      code: 'ERR_MODULE_NOT_FOUND',
    });

  it('prefers the GPU package', async () => {
    const asked: string[] = [];
    const probe = await probePackages(async (name) => asked.push(name));
    expect(probe).toEqual({ usable: true, detail: GPU });
    expect(asked).toEqual([GPU]);
  });

  it('takes the CPU package where there is no other', async () => {
    const probe = await probePackages(async (name) => {
      if (name === GPU) throw missing(GPU);
    });
    expect(probe).toEqual({ usable: true, detail: CPU });
  });

  it('tells how to install one where there is none', async () => {
    const probe = await probePackages(async (name) => {
      throw missing(name);
    });
    expect(probe).toEqual({
      usable: false,
      reason: `neither ${GPU} nor ${CPU} is installed`,
      hint:
        'install one with: npm install @tensorflow/tfjs-node-gpu (Linux, NVIDIA GPU, CUDA 11.2 and cuDNN 8.1)' +
        ' or: npm install @tensorflow/tfjs-node (CPU); both download libtensorflow 2.9.1 while installing',
    });
  });

  it('tells what is wrong with one that is installed but broken', async () => {
    const probe = await probePackages(async (name) => {
      if (name === CPU) throw missing('node-addon-api'); // a package of the package's
      throw new Error('libcudart.so.11.0: cannot open shared object file');
    });
    expect(probe).toMatchObject({
      usable: false,
      reason:
        `${GPU} does not load: libcudart.so.11.0: cannot open shared object file; ` +
        `${CPU} does not load: Cannot find package 'node-addon-api' imported from here`,
    });
  });

  it('knows Node’s own error for a package that is not there', async () => {
    const probe = await probePackages(async (name) => {
      const script = `await import('${name}').catch(({ code, message }) => console.log(JSON.stringify({ code, message })))`;
      const elsewhere = { cwd: tmpdir(), encoding: 'utf8' } as const; // where nothing is installed
      const { code, message } = JSON.parse(
        execFileSync(process.execPath, ['--input-type=module', '-e', script], elsewhere),
      );
      throw Object.assign(new Error(message), { code });
    });
    expect(probe).toMatchObject({ reason: `neither ${GPU} nor ${CPU} is installed` });
  });

  it('brings back what Node 23 took from util, and leaves alone what is there', async () => {
    const util: Record<string, unknown> = createRequire(import.meta.url)('node:util');
    const { isArray, isNullOrUndefined } = util;
    try {
      util.isArray = util.isNullOrUndefined = undefined;
      await probePackages(async () => {
        // What tfjs-node does while it loads and works.
        const { isArray, isNullOrUndefined } = createRequire(import.meta.url)('util');
        expect([undefined, null, 0, ''].map(isNullOrUndefined)).toEqual([true, true, false, false]);
        expect([isArray([]), isArray({})]).toEqual([true, false]);
      }).then((probe) => expect(probe.usable).toBe(true));

      const own = () => true;
      util.isArray = own;
      await probePackages(async () => {});
      expect(util.isArray).toBe(own);
    } finally {
      Object.assign(util, { isArray, isNullOrUndefined });
    }
  });
});

function known(name: string): Backend {
  return BACKENDS.find((backend) => backend.name === name)!;
}

function absent(name: string, reason: string): void {
  vi.spyOn(known(name), 'probe').mockResolvedValue({ usable: false, reason, hint: 'get one' });
}

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it should have failed'),
    (error) => error,
  );
}

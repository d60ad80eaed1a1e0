// Choosing a backend: by name, by mistake, and when there is nothing behind the name.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BACKENDS, startBackend } from '../../src/backends/index.ts';
import { probePackages } from '../../src/backends/tensorflow/index.ts';
import { TsgptError, UsageError } from '../../src/base/errors.ts';

const GPU = '@tensorflow/tfjs-node-gpu';
const CPU = '@tensorflow/tfjs-node';

describe('startBackend', () => {
  afterEach(() => vi.restoreAllMocks());

  it('starts the one asked for, and tfjs runs on it', async () => {
    const started = await startBackend('plain');
    expect(started).toEqual({ name: 'plain', detail: 'plain JavaScript, one thread', why: 'asked for' });
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
    vi.spyOn(BACKENDS[0]!, 'probe').mockResolvedValue({
      usable: false,
      reason: 'no runtime',
      hint: 'get one',
    });
    const started = await startBackend();
    expect(started.name).toBe('plain');
    expect(started.why).toBe('the fastest that runs here; no runtime');
  });

  it('asked for one that cannot run, says why and what would change that', async () => {
    vi.spyOn(BACKENDS[0]!, 'probe').mockResolvedValue({
      usable: false,
      reason: 'no runtime',
      hint: 'get one',
    });
    const error = await failure(startBackend('tensorflow'));
    expect(error).toBeInstanceOf(TsgptError);
    expect(error).toMatchObject({
      message: 'the backend tensorflow cannot run here: no runtime',
      hint: 'get one',
      exitCode: 1,
    });
  });

  it('does not take it for started when tfjs only warns that it is not', async () => {
    vi.spyOn(BACKENDS[0]!, 'probe').mockResolvedValue({ usable: true, detail: 'a fake' });
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
    ['quantum-computer', 'known: auto, tensorflow, plain'],
  ])('refuses %s', async (name, hint) => {
    const error = await failure(startBackend(name));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: `unknown backend "${name}"`, hint });
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

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it should have failed'),
    (error) => error,
  );
}

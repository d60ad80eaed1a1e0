// Matrix products of training on webgpu, by shape, as the backend's own kernel computes them; prints one JSON object:
// node bench/matmul/webgpu.mjs <precision> <configuration …>
// The GPU alone is timed, bias, GELU and residual included where a step has them.

import { startBackend } from '#dist/backends/index.js';
import { matMul } from '#dist/backends/webgpu/kernels/mat-mul/mat-mul.js';
import { backend } from '#dist/backends/webgpu/memory.js';
import { benchmarkNamed } from '#dist/benchmark/configs.js';
import * as tf from '#tfjs';
import { endOnError } from '../dawn.mjs';
import { Recorder } from '../recorder.mjs';

/**
 * @import { Benchmark } from '../../src/architectures/architecture.ts'
 * @import { GptConfig } from '../../src/architectures/gpt/config.ts'
 * @import { Product } from '../types.ts'
 * @typedef {Parameters<typeof matMul>[0]} MatMul
 * @typedef {'bias' | 'residual' | 'gelu' | 'head'} Extra what the forward pass does beside the product
 */

/** As many logits as CrossEntropy makes at a time. */
const LOGITS = 2 ** 24;
const NOISE = Float32Array.from({ length: 100_003 }, () => Math.random() - 0.5);

/** @param {string[]} words */
async function main([precision = 'fp32', ...configs]) {
  const { detail } = await startBackend('webgpu', { precision });
  const { device } = backend();
  const recorder = new Recorder(endOnError(device));
  /** @type {Product[]} */
  const products = [];
  for (const config of configs) {
    for (const [name, M, I, O, more] of shapesOf(benchmarkNamed(config))) {
      for (const [pass, product] of passesOf(M, I, O, more)) {
        const seconds = await recorder.secondsOf(await dispatchesOf(recorder, product));
        const { M: rows, N, K } = product;
        const tflops = (2 * rows * N * K) / seconds / 1e12;
        products.push({ config, name, pass, M: rows, N, K, ms: seconds * 1000, tflops });
        tf.dispose(Object.values(product).flatMap((value) => value.array ?? (value.dataId ? value : [])));
      }
    }
  }
  console.log(JSON.stringify({ precision, detail, products }));
  process.exit();
}

/**
 * Name, rows, inputs, outputs.
 *
 * @param {Benchmark} benchmark
 * @returns {[string, number, number, number, Extra][]}
 */
function shapesOf({ model, batchSize }) {
  if (model.arch !== 'gpt')
    throw new Error(`expected a configuration of a GPT, but got one of ${model.arch}`);
  const { width: C, context, vocabSize: V } = /** @type {GptConfig} */ (model);
  const M = batchSize * context;
  return [
    ['qkv', M, C, 3 * C, 'bias'],
    ['mix', M, C, C, 'residual'],
    ['up', M, C, 4 * C, 'gelu'],
    ['down', M, 4 * C, C, 'residual'],
    ['head', Math.min(M, Math.floor(LOGITS / V)), C, V, 'head'],
  ];
}

/**
 * y = x · w, dx = dy · wᵀ, dw = xᵀ · dy; the head's weights are stored transposed.
 *
 * @param {number} M
 * @param {number} I
 * @param {number} O
 * @param {Extra} more
 * @returns {[string, MatMul][]}
 */
function passesOf(M, I, O, more) {
  const x = () => ({ array: noise(M, I) });
  const dy = () => ({ array: noise(M, O) });
  const across = (/** @type {{ array: tf.Tensor }} */ operand) => ({ ...operand, transposed: true });
  const head = more === 'head';
  const w = head ? across({ array: noise(O, I) }) : { array: noise(I, O) };
  const steps = {
    bias: () => ({ bias: noise(O) }),
    residual: () => ({ bias: noise(O), residual: noise(M, O) }),
    gelu: () => ({ bias: noise(O), preActivation: noise(M, O) }),
    head: () => ({}),
  };
  const wForDx = head ? { array: noise(O, I) } : across({ array: noise(I, O) });
  const dw = head
    ? { a: across(dy()), b: x(), M: O, K: M, N: I, y: noise(O, I), accumulated: true }
    : { a: across(x()), b: dy(), M: I, K: M, N: O, y: noise(I, O) };
  return [
    ['forward', { a: x(), b: w, M, K: I, N: O, y: noise(M, O), ...steps[more]() }],
    ['dx', { a: dy(), b: wForDx, M, K: O, N: I, y: noise(M, I) }],
    ['dw', dw],
  ];
}

/**
 * @param {Recorder} recorder
 * @param {MatMul} product
 */
async function dispatchesOf(recorder, product) {
  recorder.start();
  matMul(product);
  const dispatches = recorder.stop();
  const corner = tf.slice(/** @type {tf.Tensor} */ (product.y), [0, 0], [1, 1]);
  const [value] = await corner.data(); // reading it sends all that was asked for before
  if (!Number.isFinite(value)) throw new Error('the product is not finite');
  corner.dispose();
  return dispatches;
}

/**
 * Numbers with all their digits in use: a GPU is faster on zeros.
 *
 * @param {number[]} shape
 */
function noise(...shape) {
  const values = new Float32Array(shape.reduce((product, length) => product * length, 1));
  for (let at = 0; at < values.length; at += NOISE.length)
    values.set(NOISE.subarray(0, values.length - at), at);
  return tf.tensor(values, shape);
}

await main(process.argv.slice(2));

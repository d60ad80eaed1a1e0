// `tsgpt bench` on a backend of tfjs itself: the packages that tsgpt installs (tfjs-core, tfjs-backend-cpu and
// tfjs-backend-webgpu) as they are published, none of our kernels, so that every op is composed:
// node bench/stock.mjs <configuration> [--backend cpu|webgpu] [--steps N]
import { parseArgs } from 'node:util';
import { benchmarkNamed } from '#dist/benchmark/configs.js';
import { measure } from '#dist/benchmark/measure.js';
import * as tf from '#tfjs';
import { endOnError, openAdapter } from './dawn.mjs';

const OPTIONS = /** @type {const} */ ({
  backend: { type: 'string', default: 'cpu' },
  steps: { type: 'string' },
});

/** The limits that tfjs raises when it opens a device itself. */
const LIMITS = /** @type {const} */ ([
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
]);

async function main() {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [config = ''] = positionals;
  const benchmark = benchmarkNamed(config);
  if (values.backend === 'webgpu') await registerWebgpu();
  // A backend that does not start is passed over with a mere warning.
  if (!(await tf.setBackend(values.backend)) || tf.getBackend() !== values.backend)
    throw new Error(`tfjs did not start its backend ${values.backend}`);
  const steps = values.steps === undefined ? undefined : Number(values.steps);
  const measured = await measure(benchmark, { steps });
  const gpuMemoryBytes = Reflect.get(tf.memory(), 'numBytesAllocatedInGPU'); // it gives none back
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  const backend = `tfjs ${tf.version_core} ${values.backend}`;
  console.log(JSON.stringify({ config, backend, ...measured, peakMemoryBytes, gpuMemoryBytes }));
  process.exit();
}

/** Registers tfjs's own backend, with the features and limits that it asks for, on a device whose errors are heard. */
async function registerWebgpu() {
  const adapter = await openAdapter();
  const { WebGPUBackend } = await import('#tfjs/webgpu'); // looks for navigator.gpu at once
  /** @type {GPUFeatureName[]} */
  const wanted = ['timestamp-query'];
  const requiredFeatures = wanted.filter((feature) => adapter.features.has(feature));
  const requiredLimits = Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  const device = endOnError(await adapter.requestDevice({ requiredFeatures, requiredLimits }));
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info));
  const addN = tf.getKernel('AddN', 'webgpu');
  const kernel = /** @type {AddN} */ (/** @type {unknown} */ (addN.kernelFunc));
  const most = device.limits.maxStorageBuffersPerShaderStage - 1;
  tf.unregisterKernel('AddN', 'webgpu');
  const parts = (/** @type {AddNCall} */ call) => inParts(kernel, most, call);
  tf.registerKernel({ ...addN, kernelFunc: /** @type {any} */ (parts) });
}

/**
 * tfjs's AddN binds all terms at once, however many: a norm over all gradients is refused.
 *
 * @typedef {{ inputs: tf.TensorInfo[], backend: tf.KernelBackend }} AddNCall
 * @typedef {(call: AddNCall) => tf.TensorInfo} AddN
 * @param {AddN} addN
 * @param {number} most
 * @param {AddNCall} call
 * @returns {tf.TensorInfo}
 */
function inParts(addN, most, { inputs, ...call }) {
  if (inputs.length <= most) return addN({ inputs, ...call });
  const sum = addN({ inputs: inputs.slice(0, most), ...call });
  const total = inParts(addN, most, { inputs: [sum, ...inputs.slice(most)], ...call });
  call.backend.disposeData(sum.dataId);
  return total;
}

await main();

// `tsgpt bench` on tfjs's own backend as it comes, which has no kernel of ours, so that every op is composed:
// node bench/stock.mjs <configuration> [--backend cpu|webgpu] [--steps N]
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { benchmarkNamed } from '../dist/benchmark/configs.js';
import { measure } from '../dist/benchmark/measure.js';
import { endOnError, openAdapter } from './dawn.mjs';

const OPTIONS = { backend: { type: 'string', default: 'cpu' }, steps: { type: 'string' } };

/** The limits that tfjs raises when it opens a device itself. */
const LIMITS = [
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
];

async function main() {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [config] = positionals;
  const benchmark = benchmarkNamed(config);
  if (values.backend === 'webgpu') await registerWebgpu();
  // A backend that does not start is passed over with a mere warning.
  if (!(await tf.setBackend(values.backend)) || tf.getBackend() !== values.backend)
    throw new Error(`tfjs did not start its backend ${values.backend}`);
  const steps = values.steps && Number(values.steps);
  const measured = await measure(benchmark, { steps });
  const { numBytesAllocatedInGPU: gpuMemoryBytes } = tf.memory(); // it gives none back
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  const backend = `tfjs ${tf.version.tfjs} ${values.backend}`;
  console.log(JSON.stringify({ config, backend, ...measured, peakMemoryBytes, gpuMemoryBytes }));
  process.exit();
}

/** tfjs's own, with the features and limits that it asks for, on a device whose errors are heard. */
async function registerWebgpu() {
  const adapter = await openAdapter();
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu'); // looks for navigator.gpu at once
  const requiredFeatures = ['timestamp-query'].filter((feature) => adapter.features.has(feature));
  const requiredLimits = Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  const device = endOnError(await adapter.requestDevice({ requiredFeatures, requiredLimits }));
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info));
  const addN = tf.getKernel('AddN', 'webgpu');
  const most = device.limits.maxStorageBuffersPerShaderStage - 1;
  tf.unregisterKernel('AddN', 'webgpu');
  tf.registerKernel({ ...addN, kernelFunc: (call) => inParts(addN.kernelFunc, most, call) });
}

/** tfjs's AddN binds all terms at once, however many: a norm over all gradients is refused. */
function inParts(addN, most, { inputs, ...call }) {
  if (inputs.length <= most) return addN({ inputs, ...call });
  const sum = addN({ inputs: inputs.slice(0, most), ...call });
  const total = inParts(addN, most, { inputs: [sum, ...inputs.slice(most)], ...call });
  call.backend.disposeData(sum.dataId);
  return total;
}

await main();

// The backend webgpu, wherever its GPU comes from: tfjs's own WebGPU backend on a device that we open, with our kernels.
import * as tf from '#tfjs';
import { UsageError } from '../../base/errors.ts';
import type { Backend, Half } from '../backend.ts';
import { type AdapterFacts, describeAdapter, factsOf, infoOf, isSoftware, nameOf } from './adapter.ts';
import type { GpuBackend } from './backend.ts';
import { openDevice } from './device.ts';
import type { FindGpu, NoGpu } from './gpu.ts';
import { unitsOf } from './units.ts';

const NAME = 'webgpu';

/** `others`: what else there is, by its name. */
type Found = { adapter: GPUAdapter; facts: AdapterFacts; others: string[] } | NoGpu;

export function webgpuBackend(findGpu: FindGpu): Backend {
  let found: Promise<Found> | undefined;
  let facts: AdapterFacts | undefined;
  let started: GpuBackend | undefined;
  let tried: Promise<void> | undefined;
  return {
    name: NAME,
    tfjsName: NAME,
    stepsAhead: 3,
    probe: async () => {
      found ??= findAdapter(findGpu);
      const result = await found;
      if ('reason' in result) return { usable: false, ...result };
      facts = result.facts;
      const also = result.others.map((name) => `; also here: ${name}`).join('');
      const detail = describeAdapter(result.facts, unitsOf(result.facts)) + also;
      if (!isSoftware(result.facts)) return { usable: true, detail };
      return { usable: true, detail, onlyIfAsked: 'its only GPU is a program on the CPU' };
    },
    half: () => half(facts),
    start: async ({ precision, threads }) => {
      if (threads !== undefined)
        throw new UsageError('a GPU chooses its threads itself', 'leave --threads out');
      const result = await found;
      if (result === undefined || 'reason' in result) throw new Error('internal: started without a GPU');
      started ??= await open(result);
      started.products.half = precision === 'fp16';
      if (precision === 'fp16') tried ??= leaveOutWrongUnits(started);
      await tried;
    },
    gpu: () => started,
  };
}

async function open({ adapter, facts }: Exclude<Found, NoGpu>): Promise<GpuBackend> {
  // Not before: a browser's page without a GPU need not load them.
  const [{ GpuBackend }, { registerKernels }] = await Promise.all([
    import('./backend.ts'),
    import('./register.ts'),
  ]);
  const device = await openDevice(adapter);
  const backend = new GpuBackend(device, infoOf(adapter), unitsOf(facts));
  if (tf.findBackendFactory(NAME)) tf.removeBackend(NAME); // tfjs's own, which opens a device with less
  tf.registerBackend(NAME, () => backend);
  registerKernels(NAME);
  return backend;
}

async function leaveOutWrongUnits({ products }: GpuBackend): Promise<void> {
  const { unitsWork } = await import('./check-units.ts');
  if (products.units && !(await unitsWork(products.units))) products.units = undefined;
}

/** Chosen only where matrices are multiplied by units of their own: else float16 wins little. */
function half(facts: AdapterFacts | undefined): Half {
  const precision = 'fp16';
  if (!facts?.features.has('shader-f16'))
    return { precision, usable: false, reason: 'the GPU has no products of float16 numbers' };
  if (unitsOf(facts)) return { precision, usable: true };
  return {
    precision,
    usable: true,
    onlyIfAsked: 'the GPU tells of no matrix units, without which fp16 wins little',
  };
}

async function findAdapter(findGpu: FindGpu): Promise<Found> {
  const found = await findGpu();
  if ('reason' in found) return found;
  const [adapter, frugal] = await Promise.all([
    found.requestAdapter('high-performance'),
    found.requestAdapter('low-power'),
  ]);
  if ('reason' in adapter) return adapter;
  const facts = factsOf(adapter);
  const others = 'reason' in frugal ? [] : [nameOf(factsOf(frugal))].filter((name) => name !== nameOf(facts));
  return { adapter, facts, others };
}

// The backend webgpu, wherever its GPU comes from: tfjs's WebGPU backend on a device that we open, with our kernels.
import * as tf from '#tfjs';
import { UsageError } from '../../base/errors.ts';
import type { Backend, Half } from '../backend.ts';
import { type AdapterFacts, describeAdapter, factsOf, infoOf, isSoftware, nameOf } from './adapter.ts';
import type { GpuBackend } from './backend.ts';
import { openDevice } from './device.ts';
import type { FindGpu, NoGpu } from './gpu.ts';
import { tensorCoresOf } from './tensor-cores.ts';

const NAME = 'webgpu';

/** An adapter, and the names of the `others` that the machine has. */
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
      const detail = describeAdapter(result.facts, tensorCoresOf(result.facts)) + also;
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
      if (precision === 'fp16') tried ??= leaveOutWrongTensorCores(started);
      await tried;
    },
    gpu: () => started,
  };
}

async function open({ adapter, facts }: Exclude<Found, NoGpu>): Promise<GpuBackend> {
  // They are loaded only now: a page in a browser without a GPU needs none of them.
  const [{ GpuBackend }, { registerKernels }] = await Promise.all([
    import('./backend.ts'),
    import('./register.ts'),
  ]);
  const device = await openDevice(adapter);
  const backend = new GpuBackend(device, infoOf(adapter), tensorCoresOf(facts));
  if (tf.findBackendFactory(NAME)) tf.removeBackend(NAME); // tfjs's own backend opens a device with WebGPU's default limits
  tf.registerBackend(NAME, () => backend);
  registerKernels(NAME);
  return backend;
}

async function leaveOutWrongTensorCores({ products }: GpuBackend): Promise<void> {
  const { tensorCoresWork } = await import('./check-tensor-cores.ts');
  if (products.tensorCores && !(await tensorCoresWork(products.tensorCores)))
    products.tensorCores = undefined;
}

/** `auto` takes fp16 only where there are tensor cores: without them it gains little. */
function half(facts: AdapterFacts | undefined): Half {
  const precision = 'fp16';
  if (!facts?.features.has('shader-f16'))
    return { precision, usable: false, reason: 'the GPU has no products of float16 numbers' };
  if (tensorCoresOf(facts)) return { precision, usable: true };
  return {
    precision,
    usable: true,
    onlyIfAsked: 'the GPU shows no tensor cores (subgroup matrices), without which fp16 gains little',
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

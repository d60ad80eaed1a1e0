// webgpu in the browser, which brings WebGPU with it or does not.
import type { Backend } from '../backend.ts';
import { webgpuBackend } from './engine.ts';
import type { Gpu } from './gpu.ts';

export const webgpu: Backend = webgpuBackend(async (): Promise<Gpu> => {
  const gpu: GPU | undefined = Reflect.get(Reflect.get(globalThis, 'navigator'), 'gpu');
  if (gpu) return { gpu };
  const hint =
    'take a recent Chrome, Edge, Firefox or Safari, and open the page over https or from localhost';
  return { reason: 'this browser has no WebGPU', hint };
});

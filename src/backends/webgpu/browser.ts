// The backend webgpu in a browser, which brings WebGPU along or has none.
import type { Backend } from '../backend.ts';
import { webgpuBackend } from './engine.ts';

export const webgpu: Backend = webgpuBackend(async () => {
  const gpu: GPU | undefined = Reflect.get(Reflect.get(globalThis, 'navigator'), 'gpu');
  if (gpu) {
    const hint =
      'update the browser and the GPU’s driver; in Chrome on Linux, switch chrome://flags/#enable-unsafe-webgpu on';
    return {
      requestAdapter: async (powerPreference) =>
        (await gpu.requestAdapter({ powerPreference })) ?? { reason: 'no GPU was found', hint },
    };
  }
  if (Reflect.get(globalThis, 'isSecureContext') === false) {
    const hint = 'open it over https, or on the machine that serves it, from localhost';
    return { reason: 'a page that comes over plain http gets no WebGPU', hint };
  }
  return { reason: 'this browser has no WebGPU', hint: 'take a recent Chrome, Edge, Firefox or Safari' };
});

// What the probe says in a browser that gives us no GPU, and what the user can do.
import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

async function probe(globals: Record<string, unknown>) {
  for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
  const { webgpu } = await import('../../../src/backends/webgpu/browser.ts');
  return webgpu.probe();
}

it.each([
  [
    { navigator: {}, isSecureContext: true },
    'this browser has no WebGPU',
    'take a recent Chrome, Edge, Firefox or Safari',
  ],
  [
    { navigator: {}, isSecureContext: false },
    'a page that comes over plain http gets no WebGPU',
    'open it over https, or on the machine that serves it, from localhost',
  ],
  [
    { navigator: { gpu: { requestAdapter: async () => null } }, isSecureContext: true },
    'no GPU was found',
    expect.stringContaining('update the browser and the GPU’s driver'),
  ],
])('in a page with %j the probe says: %s', async (globals, reason, hint) => {
  expect(await probe(globals)).toEqual({ usable: false, reason, hint });
});

// Node's way to the GPU: Dawn, from the optional package `webgpu`.
import { messageOf, systemCode } from '../../base/errors.ts';
import type { Gpu } from './gpu.ts';

const PACKAGE = 'webgpu';
/** Otherwise Dawn does not tell of subgroup matrices, an experiment of its own, and rounds times to a tenth of a millisecond. */
const TOGGLES = ['enable-dawn-features=allow_unsafe_apis', 'disable-dawn-features=timestamp_quantization'];
const INSTALL = `install it with: npm install ${PACKAGE}`;
const LOADER = 'libvulkan.so.1';

interface Dawn {
  create(options: string[]): GPU;
  globals: object;
}

/** Sets the globals that a browser has; tfjs takes them for given. */
export async function dawn(): Promise<Gpu> {
  const found = await loadDawn();
  if ('reason' in found) return found;
  if (process.platform === 'linux' && !isInstalled(LOADER))
    return { reason: `${LOADER} is not installed`, hint: 'install your GPU’s driver, and libvulkan1' };
  Object.assign(globalThis, found.globals);
  const gpu = found.create(TOGGLES);
  const navigator: object = Reflect.get(globalThis, 'navigator') ?? {}; // Node 20 has none
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  return { gpu, hint: 'install your GPU’s driver: Vulkan 1.1 or later, Metal or Direct3D 12' };
}

async function loadDawn(): Promise<Dawn | { reason: string; hint: string }> {
  try {
    return await import(PACKAGE);
  } catch (error) {
    const missing = systemCode(error) === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes(`'${PACKAGE}'`);
    const reason = missing ? 'is not installed' : `does not load: ${messageOf(error)}`;
    return { reason: `the package ${PACKAGE} ${reason}`, hint: INSTALL };
  }
}

/** Dawn would complain of a missing one on its own, and without being asked. */
function isInstalled(library: string): boolean {
  try {
    process.dlopen({ exports: {} }, library);
    return true;
  } catch (error) {
    return !messageOf(error).includes('cannot open shared object file'); // no addon is found in it, of course
  }
}

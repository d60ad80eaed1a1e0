// Node's way to the GPU: Dawn, from the optional package `webgpu`.
import { messageOf, systemCode } from '../../base/errors.ts';
import type { FindGpu, NoGpu } from './gpu.ts';
import { canBeQuiet, quietly, tryApart } from './quiet.ts';

const PACKAGE = 'webgpu';
/** Without the first, Dawn hides its experiment with subgroup matrices; without the second, it rounds times to 0.1 ms. */
const TOGGLES = ['enable-dawn-features=allow_unsafe_apis', 'disable-dawn-features=timestamp_quantization'];
const INSTALL = `install it with: npm install ${PACKAGE}`;
const DRIVER = 'install your GPU’s driver';
const LOADER = 'libvulkan.so.1';

interface Dawn {
  create(options: string[]): GPU;
  globals: object;
}

/** Sets the globals that a browser has; tfjs takes them for given. */
export const dawn: FindGpu = async () => {
  const found = await loadDawn();
  if ('reason' in found) return found;
  const reason = process.platform === 'linux' ? await vulkanObstacle() : undefined;
  if (reason) return reason;
  Object.assign(globalThis, found.globals);
  const gpu = found.create(TOGGLES);
  const navigator: object = Reflect.get(globalThis, 'navigator') ?? {}; // Node 20 has none
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  return {
    requestAdapter: async (powerPreference) => {
      const { result, written } = quietly(() => gpu.requestAdapter({ powerPreference }));
      return (await result) ?? withoutAdapter(written);
    },
  };
};

async function loadDawn(): Promise<Dawn | NoGpu> {
  try {
    return await import(PACKAGE);
  } catch (error) {
    const missing = systemCode(error) === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes(`'${PACKAGE}'`);
    const reason = missing ? 'is not installed' : `does not load: ${messageOf(error)}`;
    return { reason: `the package ${PACKAGE} ${reason}`, hint: INSTALL };
  }
}

/** What keeps Dawn from an adapter, as far as it can be told before Dawn is asked, which complains on the terminal. */
async function vulkanObstacle(): Promise<NoGpu | undefined> {
  if (!isInstalled(LOADER))
    return { reason: `${LOADER} is not installed`, hint: `${DRIVER}, and libvulkan1` };
  if (canBeQuiet()) return undefined;
  const { found, written } = await tryApart(PACKAGE);
  return found ? undefined : withoutAdapter(written);
}

/** Why Dawn has no adapter, in words, from what it wrote. */
function withoutAdapter(written: string): NoGpu {
  if (process.platform !== 'linux')
    return { reason: 'no GPU was found', hint: `${DRIVER}, for Metal or Direct3D 12` };
  const has = written.includes('VK_ERROR_INCOMPATIBLE_DRIVER')
    ? 'but no driver for a GPU'
    : 'but it finds no usable GPU';
  return { reason: `Vulkan is installed, ${has}`, hint: `${DRIVER}, with Vulkan 1.1 or later` };
}

function isInstalled(library: string): boolean {
  try {
    process.dlopen({ exports: {} }, library);
    return true;
  } catch (error) {
    return !messageOf(error).includes('cannot open shared object file'); // no addon is found in it, of course
  }
}

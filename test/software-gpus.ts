// GPUs in software, which the backend webgpu is tested on where there is no GPU: SwiftShader, which Debian's chromium brings,
// and for whole models and products of float16 Mesa's lavapipe of 2024 or later (vitest.config.ts says why).
import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Debian's and Ubuntu's, Fedora's, Chrome's own packages'. */
const PLACES = [
  '/usr/lib/chromium',
  '/usr/lib/chromium-browser',
  '/usr/lib64/chromium-browser',
  '/opt/google/chrome',
];

/**
 * What a process must be started with to find it: its description, and the folder of the Vulkan loader beside it, for
 * where no other is installed. Nothing if it is not here or another has been chosen.
 */
export function swiftshaderEnvironment(environment = process.env): Record<string, string> {
  if (environment.VK_ICD_FILENAMES || environment.VK_DRIVER_FILES) return {};
  const driver = PLACES.map((place) => `${place}/vk_swiftshader_icd.json`).find((path) => existsSync(path));
  if (driver === undefined) return {};
  const libraries = [environment.LD_LIBRARY_PATH, dirname(driver)].filter(Boolean).join(':');
  return { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: libraries };
}

const DRIVERS = '/usr/share/vulkan/icd.d';

/**
 * The same for lavapipe. An old one Dawn refuses, and what needs it is skipped with that reason. It compiles a shader for
 * four invocations at once in half the time that eight take, and tests compile far longer than they compute.
 */
export function lavapipeEnvironment(): Record<string, string> {
  const driver = existsSync(DRIVERS) && readdirSync(DRIVERS).find((name) => /^lvp_icd.*\.json$/.test(name));
  return driver ? { VK_ICD_FILENAMES: `${DRIVERS}/${driver}`, LP_NATIVE_VECTOR_WIDTH: '128' } : {};
}

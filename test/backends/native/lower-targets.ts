// The CPU targets below the one that native chooses here, each as a backend of its own.
import * as tf from '#tfjs';
import { CpuEngine } from '../../../src/backends/cpu/engine.ts';
import { registerEngine } from '../../../src/backends/cpu/register.ts';
import { loadAddon } from '../../../src/backends/native/addon.ts';

const loaded = loadAddon();

/** Why there are none, if so. */
export const missing =
  'reason' in loaded
    ? `native is not here: ${loaded.reason}`
    : loaded.addon.targets().at(-1) === loaded.target
      ? `only ${loaded.target} is built or runs here`
      : undefined;

export const LOWER_TARGETS =
  'reason' in loaded ? [] : loaded.addon.targets().filter((target) => target !== loaded.target);

export async function startTarget(target: string): Promise<void> {
  if ('reason' in loaded) throw new Error(loaded.reason);
  const name = `native ${target}`;
  if (!tf.findBackendFactory(name)) {
    const engine = new CpuEngine({ ...loaded.code, ops: loaded.addon.ops(target) });
    engine.configure({ precision: 'fp32' });
    registerEngine(engine, name);
  }
  await tf.setBackend(name);
}

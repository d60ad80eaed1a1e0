// The CPU targets below the one that native chooses here, each as a backend of its own.
import * as tf from '#tfjs';
import { CpuEngine } from '../../../src/backends/cpu/engine.ts';
import { registerEngine } from '../../../src/backends/cpu/register.ts';
import { loadAddon } from '../../../src/backends/native/addon.ts';

const loaded = loadAddon();

export const LOWER_TARGETS =
  'reason' in loaded ? [] : loaded.addon.targets().filter((target) => target !== loaded.target);

const none = 'reason' in loaded ? `native is not here: ${loaded.reason}` : `only ${loaded.target} runs here`;
/** Why there are none, if so. */
export const missing = LOWER_TARGETS.length === 0 ? none : undefined;

const engines = new Map<string, CpuEngine>();

export async function startTarget(target: string): Promise<void> {
  if ('reason' in loaded) throw new Error(loaded.reason);
  const name = `native ${target}`;
  let engine = engines.get(target);
  if (!engine) {
    engine = new CpuEngine({ ...loaded.code, ops: loaded.addon.ops(target) });
    engines.set(target, engine);
    registerEngine(engine, name);
  }
  engine.configure({ precision: 'fp32' }); // each time: the addon has one precision for all its targets
  await tf.setBackend(name);
}

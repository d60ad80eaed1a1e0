// tensorflow: TensorFlow’s own runtime through @tensorflow/tfjs-node-gpu or, failing that, @tensorflow/tfjs-node.
// Both are optional: the user installs one.
import { createRequire } from 'node:module';
import { messageOf, systemCode, UsageError } from '../../base/errors.ts';
import type { Backend, Probe } from '../backend.ts';

const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

const INSTALL =
  'install one with: npm install @tensorflow/tfjs-node-gpu (Linux, NVIDIA GPU, CUDA 11.2 and cuDNN 8.1)' +
  ' or: npm install @tensorflow/tfjs-node (CPU); both download libtensorflow 2.9.1 while installing';

export const tensorflow: Backend = {
  name: 'tensorflow',
  tfjsName: 'tensorflow',
  probe: () => probePackages((name) => import(name)),
  start: ({ threads }) => {
    if (threads !== undefined)
      throw new UsageError('TensorFlow chooses its threads itself', 'leave --threads out');
  },
};

/** Loads the first package that is installed and works. */
export async function probePackages(load: (name: string) => Promise<unknown>): Promise<Probe> {
  restoreRemovedUtilities();
  const failures: string[] = [];
  for (const name of PACKAGES) {
    try {
      await load(name);
      return { usable: true, detail: name };
    } catch (error) {
      const missing = systemCode(error) === 'ERR_MODULE_NOT_FOUND' && messageOf(error).includes(`'${name}'`);
      if (!missing) failures.push(`${name} does not load: ${messageOf(error)}`);
    }
  }
  const reason = failures.join('; ') || `neither ${PACKAGES.join(' nor ')} is installed`;
  return { usable: false, reason, hint: INSTALL };
}

/** tfjs-node 4.22.0 calls two functions that Node 23 removed from `util`; its fix was never released. */
function restoreRemovedUtilities(): void {
  const util: Record<string, unknown> = createRequire(import.meta.url)('node:util');
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

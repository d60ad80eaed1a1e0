// tensorflow: TensorFlow’s own runtime through @tensorflow/tfjs-node-gpu or, failing that, @tensorflow/tfjs-node.
// Both are optional: the user installs one.
import { createRequire } from 'node:module';
import { UsageError } from '../../base/errors.ts';
import { firstInstalled, type LoadPackage } from '../../base/optional-package.ts';
import type { Backend, Probe } from '../backend.ts';

const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

const INSTALL =
  'install one with: npm install @tensorflow/tfjs-node-gpu (Linux, NVIDIA GPU, CUDA 11.2 and cuDNN 8.1)' +
  ' or: npm install @tensorflow/tfjs-node (CPU); both download libtensorflow 2.9.1 while installing';

export const tensorflow: Backend = {
  name: 'tensorflow',
  tfjsName: 'tensorflow',
  probe: () => probePackages(),
  start: ({ threads }) => {
    if (threads !== undefined)
      throw new UsageError('TensorFlow chooses its threads itself', 'leave --threads out');
  },
};

export async function probePackages(load?: LoadPackage): Promise<Probe> {
  restoreRemovedUtilities();
  const found = await firstInstalled(PACKAGES, load);
  return 'reason' in found
    ? { usable: false, reason: found.reason, hint: INSTALL }
    : { usable: true, detail: found.name };
}

/** tfjs-node 4.22.0 calls two functions that Node 23 removed from `util`; its fix was never released. */
function restoreRemovedUtilities(): void {
  const util: Record<string, unknown> = createRequire(import.meta.url)('node:util');
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

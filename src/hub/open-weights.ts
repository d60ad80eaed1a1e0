// Opens weights, whatever form their files have.
import type { Architecture } from '../architectures/architecture.ts';
import { TsgptError } from '../base/errors.ts';
import { openSafetensors } from '../base/safetensors-disk.ts';
import { openOnnx } from './onnx-file.ts';
import { openShards } from './shards.ts';
import type { WeightsFile } from './weights.ts';

/** `path` is a .safetensors file, the index (.json) of several, or an .onnx file. */
export async function openWeights(
  path: string,
  imports: NonNullable<Architecture['imports']>,
): Promise<WeightsFile> {
  if (path.endsWith('.json')) return openShards(path);
  if (path.endsWith('.onnx')) {
    if (imports.onnx) return openOnnx(path, await imports.onnx());
    throw new TsgptError(
      `${path} is an ONNX file, from which such a model cannot be imported`,
      'give its model.safetensors, or the folder with it',
    );
  }
  return openSafetensors(path);
}

// Opens weights in whatever form they are.
import { openSafetensors } from '../base/safetensors-disk.ts';
import { openOnnx } from './onnx/onnx-file.ts';
import { openShards } from './shards.ts';
import type { WeightsFile } from './weights.ts';

/** `path`: a .safetensors file, the index (.json) of several, or an .onnx file. */
export async function openWeights(path: string): Promise<WeightsFile> {
  if (path.endsWith('.json')) return openShards(path);
  if (path.endsWith('.onnx')) return openOnnx(path);
  return openSafetensors(path);
}

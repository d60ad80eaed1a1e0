// A model as a GGUF file holds it, whatever its architecture: what it says of itself, and its tensors.
import type { Metadata } from './metadata.ts';

export interface GgufTensor {
  /** llama.cpp's name. */
  readonly name: string;
  /** Row by row, as everywhere; the file has the length of a row first. */
  readonly shape: readonly number[];
  /** Called when the tensor is written, so that no others are in memory. */
  values(): Float32Array | Promise<Float32Array>;
  /** exact: float32 in every file. rows: looked up, and multiplied by as the output layer: 8 bits where others have 4. */
  readonly kind: 'exact' | 'matrix' | 'rows';
}

export interface GgufModel {
  /** llama.cpp's name of the architecture, which is put before its keys. */
  readonly architecture: string;
  readonly metadata: Metadata;
  readonly tensors: readonly GgufTensor[];
}

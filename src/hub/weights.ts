// Weights, whatever form their files have: named tensors, each read when it is asked for.

export interface WeightsFile {
  readonly tensors: ReadonlyMap<string, { readonly dtype: string; readonly shape: readonly number[] }>;
  /** A copy of one tensor's values, row by row. */
  read(name: string): Promise<Float32Array>;
  close(): Promise<void>;
}

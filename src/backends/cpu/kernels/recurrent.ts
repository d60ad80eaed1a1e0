// What the kernels of recurrent layers share: their sizes, and their matrices as floats or as bfloat16.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';

export type Sizes = readonly [B: number, T: number, I: number, H: number];

/** x (B, T, I), recurrent (H, …) */
export function sizesOf({ x, recurrent }: tf.NamedTensorInfoMap): Sizes {
  const [B, T, I] = x!.shape as [number, number, number];
  return [B, T, I, recurrent!.shape[0]!];
}

type Matrix = Float32Array | Uint16Array;

/** As bfloat16 if both are held so. */
export function matricesOf(
  engine: CpuEngine,
  { input, recurrent }: tf.NamedTensorInfoMap,
): readonly [input: Matrix, recurrent: Matrix] {
  const [inputHalves, recurrentHalves] = [engine.bf16Values(input), engine.bf16Values(recurrent)];
  if (inputHalves && recurrentHalves) return [inputHalves, recurrentHalves];
  return [engine.floats(input), engine.floats(recurrent)];
}

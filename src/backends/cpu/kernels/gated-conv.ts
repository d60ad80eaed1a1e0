// GatedConv and its gradient. The residual is, of every output, its value and its activated gate, in time-major order.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = { GatedConv, GatedConvGrad };

function GatedConv(
  engine: CpuEngine,
  inputs: tf.NamedTensorInfoMap,
  { dilation }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const sizes = sizesOf(inputs);
  const [B, T, , H] = sizes;
  const [y, gates] = [engine.output([B, T, H]), engine.output([T, B, 2 * H])];
  engine.ops.gatedConv(
    ...sizes,
    dilation as number,
    engine.floats(inputs.x),
    engine.floats(inputs.weight),
    engine.floats(inputs.bias),
    y.values,
    gates.values,
  );
  return [y.info, gates.info];
}

function GatedConvGrad(
  engine: CpuEngine,
  inputs: tf.NamedTensorInfoMap,
  { dilation }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { dy, x, weight, bias, r0: gates } = inputs;
  const [dx, dWeight, dBias] = [x!, weight!, bias!].map(({ shape }) => engine.output(shape));
  engine.ops.gatedConvGrad(
    ...sizesOf(inputs),
    dilation as number,
    engine.floats(dy),
    engine.floats(x),
    engine.floats(weight),
    engine.floats(gates),
    dx!.values,
    dWeight!.values,
    dBias!.values,
  );
  return [dx!.info, dWeight!.info, dBias!.info];
}

/** x (B, T, I), weight (K · I, 2H) */
function sizesOf({ x, weight }: tf.NamedTensorInfoMap) {
  const [B, T, I] = x!.shape as [number, number, number];
  const [rows, columns] = weight!.shape as [number, number];
  return [B, T, I, columns / 2, rows / I] as const; // H, K
}

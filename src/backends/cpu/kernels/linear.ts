// Linear and its gradient. With GELU, the residual is the value before GELU.
import * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = { Linear, LinearGrad };

function Linear(
  engine: CpuEngine,
  { x, weight, bias, residual }: tf.NamedTensorInfoMap,
  { activation, batchInvariant }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { N, I, O } = sizes(x!, weight!);
  const y = engine.output([...x!.shape.slice(0, -1), O]);
  const before = activation === 'gelu' ? engine.output(y.info.shape) : undefined;
  engine.ops.linear(
    N,
    I,
    O,
    batchInvariant as boolean,
    engine.floats(x),
    engine.bf16Values(weight) ?? engine.floats(weight),
    bias ? engine.floats(bias) : null,
    residual ? engine.floats(residual) : null,
    y.values,
    before?.values ?? null,
  );
  return before ? [y.info, before.info] : [y.info];
}

/** The residual r0 is the value before GELU. */
function LinearGrad(
  engine: CpuEngine,
  { dy, x, weight, bias, residual, r0 }: tf.NamedTensorInfoMap,
): tf.TensorInfo[] {
  const { N, I, O } = sizes(x!, weight!);
  const [dx, dWeight] = [engine.output(x!.shape), engine.output(weight!.shape)];
  const dBias = bias && engine.output(bias.shape);
  engine.ops.linearGrad(
    N,
    I,
    O,
    engine.floats(dy),
    engine.floats(x),
    engine.floats(weight),
    r0 ? engine.floats(r0) : null,
    dx.values,
    dWeight.values,
    dBias?.values ?? null,
  );
  const gradients = [dx.info, dWeight.info, ...(dBias ? [dBias.info] : [])];
  return residual ? [...gradients, engine.reshaped(dy!, residual.shape)] : gradients;
}

function sizes(x: tf.TensorInfo, weight: tf.TensorInfo) {
  const [I, O] = weight.shape as [number, number];
  return { N: tf.util.sizeFromShape(x.shape) / I, I, O };
}

// Linear and its gradient. With GELU, the residual is the value before GELU.
import * as tf from '#tfjs';
import { present, wantedBy } from '../../../ops/wanted.ts';
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

/** The residual r0 is the value before GELU. Without a gradient of the weight there is no x, and without one of x no weight. */
function LinearGrad(
  engine: CpuEngine,
  { dy, x, weight, r0 }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const wanted = wantedBy(attributes);
  const [O, outer] = [dy!.shape.at(-1)!, dy!.shape.slice(0, -1)];
  const I = weight?.shape[0] ?? x?.shape.at(-1) ?? 1;
  const dx = wanted('x') ? engine.output([...outer, I]) : undefined;
  const dWeight = wanted('weight') ? engine.output([I, O]) : undefined;
  const dBias = wanted('bias') ? engine.output([O]) : undefined;
  if (dx || dWeight || dBias)
    engine.ops.linearGrad(
      tf.util.sizeFromShape(outer),
      I,
      O,
      engine.floats(dy),
      dWeight ? engine.floats(x) : null,
      dx ? engine.floats(weight) : null,
      r0 ? engine.floats(r0) : null,
      dx?.values ?? null,
      dWeight?.values ?? null,
      dBias?.values ?? null,
    );
  const dResidual = wanted('residual') ? engine.reshaped(dy!, dy!.shape) : undefined;
  return present(dx?.info, dWeight?.info, dBias?.info, dResidual);
}

function sizes(x: tf.TensorInfo, weight: tf.TensorInfo) {
  const [I, O] = weight.shape as [number, number];
  return { N: tf.util.sizeFromShape(x.shape) / I, I, O };
}

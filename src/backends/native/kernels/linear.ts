// Linear and its gradient; the residual of GELU is what it was applied to.
import * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { bf16Values, floats, type Kernel, output, reshaped } from '../memory.ts';

export const KERNELS: Record<string, Kernel> = { Linear, LinearGrad };

function Linear(
  { x, weight, bias, residual }: tf.NamedTensorInfoMap,
  { activation, batchInvariant }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { N, I, O } = sizes(x!, weight!);
  const y = output([...x!.shape.slice(0, -1), O]);
  const before = activation === 'gelu' ? output(y.info.shape) : undefined;
  addon().linear!(
    N,
    I,
    O,
    batchInvariant as boolean,
    floats(x),
    bf16Values(weight) ?? floats(weight),
    floats(bias),
    residual ? floats(residual) : null,
    y.values,
    before?.values ?? null,
  );
  return before ? [y.info, before.info] : [y.info];
}

/** r0 is what GELU was applied to. */
function LinearGrad({ dy, x, weight, bias, residual, r0 }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { N, I, O } = sizes(x!, weight!);
  const [dx, dweight, dbias] = [output(x!.shape), output(weight!.shape), output(bias!.shape)];
  addon().linearGrad!(
    N,
    I,
    O,
    floats(dy),
    floats(x),
    floats(weight),
    r0 ? floats(r0) : null,
    dx.values,
    dweight.values,
    dbias.values,
  );
  const gradients = [dx.info, dweight.info, dbias.info];
  return residual ? [...gradients, reshaped(dy!, residual.shape)] : gradients;
}

function sizes(x: tf.TensorInfo, weight: tf.TensorInfo) {
  const [I, O] = weight.shape as [number, number];
  return { N: tf.util.sizeFromShape(x.shape) / I, I, O };
}

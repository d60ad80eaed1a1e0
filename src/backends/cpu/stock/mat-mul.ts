// tfjs's matrix products, and those fused with bias and activation.
import * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import type { Unary } from '../ops.ts';
import { combineInto } from './arithmetic.ts';
import { picked, stepsOf } from './move.ts';
import { areOurs } from './ours.ts';

export const KERNELS: Record<string, Kernel> = { BatchMatMul, _FusedMatMul: FusedMatMul };

/** The activations of a fused product, applied in place. */
const ACTIVATIONS: Readonly<Record<string, Unary | undefined>> = {
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  sigmoid: 'sigmoid',
  leakyrelu: 'leakyRelu',
};

/** Leaves shapes that do not fit to tfjs, which says so. */
function BatchMatMul(
  engine: CpuEngine,
  { a, b }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  const { transposeA, transposeB } = attributes as Record<string, boolean>;
  if (!areOurs(a, b)) return undefined;
  const [aRows, aColumns] = a!.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b!.shape.slice(-2) as [number, number];
  const [M, K] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [N, K2] = transposeB ? [bRows, bColumns] : [bColumns, bRows];
  if (K !== K2) return undefined;
  const [aLeading, bLeading] = [a!.shape.slice(0, -2), b!.shape.slice(0, -2)];
  const leading = tf.backend_util.assertAndGetBroadcastShape(aLeading, bLeading);
  const y = engine.output([...leading, M, N]);
  const size = tf.util.sizeFromShape(y.info.shape);
  if (size === 0) return y.info;
  const batch = tf.util.sizeFromShape(leading);
  const [oneA, oneB] = [tf.util.sizeFromShape(aLeading) === 1, tf.util.sizeFromShape(bLeading) === 1];
  // With one b for all of a's rows, the batch is a single product.
  const whole = oneB && !transposeA;
  const left = whole || oneA ? a! : spread(engine, a!, leading);
  const right = oneB ? b! : spread(engine, b!, leading);
  engine.ops.matMul(
    whole ? 1 : batch,
    whole ? batch * M : M,
    N,
    K,
    transposeA === true,
    transposeB === true,
    whole || oneA,
    oneB,
    engine.floats(left),
    engine.floats(right),
    y.values,
  );
  if (left !== a) engine.dispose(left);
  if (right !== b) engine.dispose(right);
  return y.info;
}

/** Broadcasts to the leading dimensions; returns `matrices` itself where there is nothing to repeat. */
function spread(engine: CpuEngine, matrices: tf.TensorInfo, leading: number[]): tf.TensorInfo {
  const shape = [...leading, ...matrices.shape.slice(-2)];
  if (tf.util.sizeFromShape(shape) === tf.util.sizeFromShape(matrices.shape)) return matrices;
  const own = [...shape.slice(matrices.shape.length).map(() => 1), ...matrices.shape];
  const steps = stepsOf(own).map((step, d) => (own[d] === 1 ? 0 : step));
  return picked(engine, matrices, 0, shape, steps);
}

function FusedMatMul(
  engine: CpuEngine,
  inputs: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo | undefined {
  const { bias, preluActivationWeights: alpha } = inputs;
  const { activation, leakyreluAlpha } = attributes;
  const op = ACTIVATIONS[activation as string];
  const isKnown = op || activation === 'prelu' || activation === 'linear' || !activation;
  if (!isKnown || (bias && !areOurs(bias)) || (alpha && !areOurs(alpha))) return undefined;
  const y = BatchMatMul(engine, inputs, attributes);
  if (!y) return undefined;
  if (bias) combineInto(engine, 'add', y, bias);
  if (alpha) combineInto(engine, 'prelu', y, alpha);
  const numbers = op === 'leakyRelu' ? [leakyreluAlpha as number] : [];
  const values = engine.floatsInPlace(y);
  if (op) engine.ops[op](...numbers, values.length, values, values);
  return y;
}

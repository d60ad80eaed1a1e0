// tfjs's matrix products, plain and with bias and activation.
import * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { dispose, floats, floatsInPlace, type Kernel, output } from '../memory.ts';
import { combineInto } from './arithmetic.ts';
import { picked, stepsOf } from './move.ts';
import { areOurs } from './ours.ts';

export const KERNELS: Record<string, Kernel> = { BatchMatMul, _FusedMatMul: FusedMatMul };

/** What a fused product is put through, in its own memory. */
const ACTIVATIONS: Readonly<Record<string, string | undefined>> = {
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  sigmoid: 'sigmoid',
  leakyrelu: 'leakyRelu',
};

/** Undefined where the shapes do not fit: tfjs says so. */
function BatchMatMul(
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
  const { info, values } = output([...leading, M, N]);
  if (values.length === 0) return info;
  const batch = tf.util.sizeFromShape(leading);
  const [oneA, oneB] = [tf.util.sizeFromShape(aLeading) === 1, tf.util.sizeFromShape(bLeading) === 1];
  // One matrix for all rows: a single product.
  const whole = oneB && !transposeA;
  const left = whole || oneA ? a! : spread(a!, leading);
  const right = oneB ? b! : spread(b!, leading);
  addon().matMul!(
    whole ? 1 : batch,
    whole ? batch * M : M,
    N,
    K,
    transposeA === true,
    transposeB === true,
    whole || oneA,
    oneB,
    floats(left),
    floats(right),
    values,
  );
  if (left !== a) dispose(left);
  if (right !== b) dispose(right);
  return info;
}

/** Matrices repeated so that there is one for every place of the leading dimensions; `matrices` itself where there is. */
function spread(matrices: tf.TensorInfo, leading: number[]): tf.TensorInfo {
  const shape = [...leading, ...matrices.shape.slice(-2)];
  if (tf.util.sizeFromShape(shape) === tf.util.sizeFromShape(matrices.shape)) return matrices;
  const own = [...shape.slice(matrices.shape.length).map(() => 1), ...matrices.shape];
  const steps = stepsOf(own).map((step, d) => (own[d] === 1 ? 0 : step));
  return picked(matrices, 0, shape, steps);
}

function FusedMatMul(inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo | undefined {
  const { bias, preluActivationWeights: slopes } = inputs;
  const { activation, leakyreluAlpha } = attributes;
  const op = ACTIVATIONS[activation as string];
  const isKnown = op || activation === 'prelu' || activation === 'linear' || !activation;
  if (!isKnown || (bias && !areOurs(bias)) || (slopes && !areOurs(slopes))) return undefined;
  const y = BatchMatMul(inputs, attributes);
  if (!y) return undefined;
  const values = floatsInPlace(y);
  if (bias) combineInto('add', values, y.shape, bias);
  if (slopes) combineInto('prelu', values, y.shape, slopes);
  const numbers = op === 'leakyRelu' ? [leakyreluAlpha as number] : [];
  if (op) addon()[op]!(...numbers, values.length, values, values);
  return y;
}

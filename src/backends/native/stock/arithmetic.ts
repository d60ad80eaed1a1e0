// Arithmetic on two float32 tensors of any shapes that broadcast, comparisons, and sums of several.
import * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { floats, floatsInPlace, type Kernel, output, reshaped } from '../memory.ts';
import { areOurs } from './ours.ts';

export const KERNELS: Record<string, Kernel> = {
  Add: arithmetic('add'),
  Sub: arithmetic('sub'),
  Multiply: arithmetic('multiply'),
  RealDiv: arithmetic('realDiv'),
  Maximum: arithmetic('maximum'),
  Minimum: arithmetic('minimum'),
  SquaredDifference: arithmetic('squaredDifference'),
  Pow: arithmetic('pow'),
  Prelu: ({ x, alpha }) => (areOurs(x, alpha) ? combine('prelu', x!, alpha!) : undefined),
  EluGrad: ({ dy, y }) => (areOurs(dy, y) ? combine('eluGrad', dy!, y!) : undefined),
  Equal: comparison('equal'),
  NotEqual: comparison('notEqual'),
  Greater: comparison('greater'),
  GreaterEqual: comparison('greaterEqual'),
  Less: comparison('less'),
  LessEqual: comparison('lessEqual'),
  AddN,
  AccumulateInto,
};

function arithmetic(op: string): Kernel {
  return ({ a, b }) => (areOurs(a, b) ? combine(op, a!, b!) : undefined);
}

function comparison(op: string): Kernel {
  return ({ a, b }) => {
    if (!areOurs(a, b)) return undefined;
    const shape = tf.backend_util.assertAndGetBroadcastShape(a!.shape, b!.shape);
    const values = new Uint8Array(tf.util.sizeFromShape(shape));
    run(op, a!.shape, floats(a), b!.shape, floats(b), values);
    return { dataId: tf.backend().write(values, shape, 'bool'), shape, dtype: 'bool' };
  };
}

/** op(a, b) as a new tensor. */
export function combine(op: string, a: tf.TensorInfo, b: tf.TensorInfo): tf.TensorInfo {
  const { info, values } = output(tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape));
  run(op, a.shape, floats(a), b.shape, floats(b), values);
  return info;
}

/** target = op(target, b), where b broadcasts to the target's shape. */
export function combineInto(op: string, target: Float32Array, shape: number[], b: tf.TensorInfo): void {
  run(op, shape, target, b.shape, floats(b), target);
}

function AddN(inputs: tf.NamedTensorInfoMap): tf.TensorInfo | undefined {
  const terms = Object.values(inputs) as tf.TensorInfo[];
  if (!areOurs(...terms)) return undefined;
  const [first, second, ...others] = terms;
  if (!second) return reshaped(first!, first!.shape);
  const sum = combine('add', first!, second);
  for (const term of others) combineInto('add', floatsInPlace(sum), sum.shape, term);
  return sum;
}

/** `into` becomes the sum. */
function AccumulateInto({ into, from }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  combineInto('add', floatsInPlace(into), into!.shape, from!);
  return [];
}

function run(
  op: string,
  aShape: number[],
  a: Float32Array,
  bShape: number[],
  b: Float32Array,
  out: Float32Array | Uint8Array,
): void {
  addon()[op]!(aShape.length, ...aShape, bShape.length, ...bShape, a, b, out);
}

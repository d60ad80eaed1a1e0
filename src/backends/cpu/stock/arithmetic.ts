// Element-wise arithmetic and comparisons of two float32 tensors whose shapes broadcast, and sums of several tensors.
import * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import type { Arithmetic, Comparison } from '../ops.ts';
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
  Prelu: (engine, { x, alpha }) => (areOurs(x, alpha) ? combine(engine, 'prelu', x!, alpha!) : undefined),
  EluGrad: (engine, { dy, y }) => (areOurs(dy, y) ? combine(engine, 'eluGrad', dy!, y!) : undefined),
  Equal: comparison('equal'),
  NotEqual: comparison('notEqual'),
  Greater: comparison('greater'),
  GreaterEqual: comparison('greaterEqual'),
  Less: comparison('less'),
  LessEqual: comparison('lessEqual'),
  AddN,
  AccumulateInto,
};

function arithmetic(op: Arithmetic): Kernel {
  return (engine, { a, b }) => (areOurs(a, b) ? combine(engine, op, a!, b!) : undefined);
}

function comparison(op: Comparison): Kernel {
  return (engine, { a, b }) => {
    if (!areOurs(a, b)) return undefined;
    const shape = tf.backend_util.assertAndGetBroadcastShape(a!.shape, b!.shape);
    const y = engine.outputBools(shape);
    engine.ops[op](...sizes(a!), ...sizes(b!), engine.floats(a), engine.floats(b), y.values);
    return y.info;
  };
}

/** Returns op(a, b). */
export function combine(
  engine: CpuEngine,
  op: Arithmetic,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
): tf.TensorInfo {
  const y = engine.output(tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape));
  engine.ops[op](...sizes(a), ...sizes(b), engine.floats(a), engine.floats(b), y.values);
  return y.info;
}

/** target = op(target, b); b broadcasts to the shape of `target`. */
export function combineInto(
  engine: CpuEngine,
  op: Arithmetic,
  target: tf.TensorInfo,
  b: tf.TensorInfo,
): void {
  const values = engine.floatsInPlace(target);
  engine.ops[op](...sizes(target), ...sizes(b), values, engine.floats(b), values);
}

function AddN(engine: CpuEngine, inputs: tf.NamedTensorInfoMap): tf.TensorInfo | undefined {
  const terms = Object.values(inputs) as tf.TensorInfo[];
  if (!areOurs(...terms)) return undefined;
  const [first, second, ...others] = terms;
  if (!second) return engine.reshaped(first!, first!.shape);
  const sum = combine(engine, 'add', first!, second);
  for (const term of others) combineInto(engine, 'add', sum, term);
  return sum;
}

/** into += from. */
function AccumulateInto(engine: CpuEngine, { into, from }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  combineInto(engine, 'add', into!, from!);
  return [];
}

/** The rank, then the sizes of the dimensions. */
function sizes({ shape }: tf.TensorInfo): number[] {
  return [shape.length, ...shape];
}

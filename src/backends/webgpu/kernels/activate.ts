// Activate and its gradient, gated and not.
import type * as tf from '#tfjs';
import type { ElementActivation } from '../../../ops/activate.ts';
import { type Kernel, output, sizeOf } from '../memory.ts';
import { programs } from '../program.ts';
import { GELU } from '../wgsl.ts';

export const KERNELS: Record<string, Kernel> = { Activate, ActivateGrad };

const THREADS = 256;

/** WGSL of an activation of v, and of its derivative. */
const CODE: Readonly<Record<ElementActivation, { value: string; derivative: string }>> = {
  silu: { value: 'v * sigmoid(v)', derivative: 'sigmoid(v) * (1.0 + v * (1.0 - sigmoid(v)))' },
  gelu: { value: 'gelu(v)', derivative: 'geluDerivative(v)' },
  relu2: { value: 'max(v, 0.0) * max(v, 0.0)', derivative: '2.0 * max(v, 0.0)' },
};

interface Variant {
  activation: ElementActivation;
  gated: boolean;
}

const START = `
  let i = group * ${THREADS}u + thread;
  if (i >= n.size) { return; }
  let v = x[i];`;

const forward = programs(({ activation, gated }: Variant) => ({
  name: `activate: ${activation}`,
  reads: { x: 'f32', ...(gated && ({ up: 'f32' } as const)) },
  writes: { y: 'f32' },
  numbers: { size: 'u32' },
  threads: THREADS,
  declarations: GELU,
  body: `${START}
  y[i] = ${CODE[activation].value}${gated ? ' * up[i]' : ''};`,
}));

const backward = programs(({ activation, gated }: Variant) => ({
  name: `activateGrad: ${activation}`,
  reads: { dy: 'f32', x: 'f32', ...(gated && ({ up: 'f32' } as const)) },
  writes: { dx: 'f32', ...(gated && ({ dUp: 'f32' } as const)) },
  numbers: { size: 'u32' },
  threads: THREADS,
  declarations: GELU,
  body: `${START}
  dx[i] = dy[i] * ${CODE[activation].derivative}${gated ? ' * up[i]' : ''};
  ${gated ? `dUp[i] = dy[i] * ${CODE[activation].value};` : ''}`,
}));

function Activate({ x, up }: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const y = output(x!.shape);
  forward(variantOf(attributes, up)).run({ x: x!, ...(up && { up }), y }, ...sizesOf(x!));
  return [y];
}

function ActivateGrad({ dy, x, up }: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const dx = output(x!.shape);
  const dUp = up && output(up.shape);
  const arrays = { dy: dy!, x: x!, dx, ...(up && dUp && { up, dUp }) };
  backward(variantOf(attributes, up)).run(arrays, ...sizesOf(x!));
  return [dx, ...(dUp ? [dUp] : [])];
}

function variantOf({ activation }: tf.NamedAttrMap, up: tf.TensorInfo | undefined): Variant {
  return { activation: activation as ElementActivation, gated: up !== undefined };
}

function sizesOf(x: tf.TensorInfo): [numbers: { size: number }, workgroups: number] {
  const size = sizeOf(x);
  return [{ size }, Math.ceil(size / THREADS)];
}

// AdamW over all parameters, in place, and the global norm of all gradients: one call each, however many tensors there are.
import type * as tf from '#tfjs';
import { gradientScale } from '../../../ops/adam-w.ts';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = { AdamW, GlobalNorm };

function AdamW(
  engine: CpuEngine,
  inputs: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { learningRate, beta1, beta2, epsilon, step, clip } = attributes as Record<string, number>;
  const scale = gradientScale(engine.floats(inputs.loss)[0]!, engine.floats(inputs.norm)[0]!, clip!);
  if (scale === undefined) return [];
  const decays = attributes.weightDecay as number[];
  const inPlace = (letter: string) => decays.map((_, i) => engine.floatsInPlace(inputs[letter + i]));
  engine.ops.adamW(
    inPlace('p'),
    decays.map((_, i) => engine.floats(inputs[`g${i}`])),
    inPlace('m'),
    inPlace('v'),
    Float32Array.from(decays, (decay) => learningRate! * decay),
    learningRate!,
    beta1!,
    beta2!,
    epsilon!,
    step!,
    scale,
  );
  return [];
}

function GlobalNorm(engine: CpuEngine, inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const norm = engine.ops.globalNorm(Object.values(inputs).map((info) => engine.floats(info)));
  const y = engine.output([]);
  y.values[0] = norm;
  return [y.info];
}

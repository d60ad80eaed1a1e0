// AdamW over all parameters in place, and the length of all gradients: one call each.
import type * as tf from '#tfjs';
import { gradientScale } from '../../../ops/adam-w.ts';
import { addon } from '../addon.ts';
import { floats, floatsInPlace, type Kernel, output } from '../memory.ts';

export const KERNELS: Record<string, Kernel> = { AdamW, GlobalNorm };

function AdamW(inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const { learningRate, beta1, beta2, epsilon, step, clip } = attributes as Record<string, number>;
  const scale = gradientScale(floats(inputs.loss)[0]!, floats(inputs.norm)[0]!, clip!);
  if (scale === undefined) return [];
  const decays = attributes.weightDecay as number[];
  const inPlace = (letter: string) => decays.map((_, i) => floatsInPlace(inputs[letter + i]));
  addon().adamW!(
    inPlace('p'),
    decays.map((_, i) => floats(inputs[`g${i}`])),
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

function GlobalNorm(inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { info, values } = output([]);
  values[0] = addon().globalNorm!(Object.values(inputs).map(floats))!;
  return [info];
}

// AdamW over all parameters in a few dispatches, however many there are: parameters, moments and gradients are packed side
// by side into a few buffers. Also AccumulateInto, which gradient accumulation adds micro-batches with: into += from.
import type * as tf from '#tfjs';
import { runsOf } from '../layout.ts';
import { backend, dispose, type Kernel, sizeOf } from '../memory.ts';
import { Program } from '../program.ts';
import { IS_FINITE } from '../wgsl.ts';
import { inAnotherBuffer, withoutAliases } from './aliasing.ts';
import { elementWise } from './element-wise.ts';

export const KERNELS: Record<string, Kernel> = { AccumulateInto, AdamW };

const THREADS = 256;

const accumulate = elementWise({
  name: 'accumulateInto',
  reads: { term: 'f32' },
  writes: { sum: 'f32' },
  code: 'sum[i] += term[i];',
});

/** A step whose loss or gradient norm is not finite changes nothing. */
const adamW = new Program({
  name: 'adamW',
  reads: { gradient: 'vec4f', loss: 'u32', norm: 'u32' }, // bits: compilers may assume that floats are finite
  writes: { parameter: 'vec4f', mean: 'vec4f', square: 'vec4f' },
  numbers: {
    start: 'u32',
    end: 'u32',
    clip: 'f32',
    beta1: 'f32',
    rest1: 'f32',
    beta2: 'f32',
    rest2: 'f32',
    epsilon: 'f32',
    keep: 'f32',
    meanScale: 'f32',
    squareScale: 'f32',
  },
  threads: THREADS,
  declarations: IS_FINITE,
  body: `
  let i = n.start + group * ${THREADS}u + thread;
  if (i >= n.end || !isFinite(loss[0]) || !isFinite(norm[0])) { return; }
  let g = gradient[i] * select(1.0, min(1.0, n.clip / (bitcast<f32>(norm[0]) + 1e-6)), n.clip > 0.0);
  let m = n.beta1 * mean[i] + n.rest1 * g;
  let v = n.beta2 * square[i] + n.rest2 * g * g;
  mean[i] = m;
  square[i] = v;
  parameter[i] = parameter[i] * n.keep - m * n.meanScale / (sqrt(v * n.squareScale) + n.epsilon);`,
});

function AccumulateInto({ into, from }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const size = sizeOf(into!);
  if (size === 0) return [];
  const term = inAnotherBuffer(from!, into!);
  accumulate({ sum: into!, term }, size);
  if (term !== from) dispose(term);
  return [];
}

function AdamW(inputs: tf.NamedTensorInfoMap, attributes: tf.NamedAttrMap): tf.TensorInfo[] {
  const { learningRate, beta1, beta2, epsilon, step, clip } = attributes as Record<string, number>;
  const decays = attributes.weightDecay as number[];
  const trained = [...decays.keys()].filter((i) => sizeOf(inputs[`p${i}`]!) > 0);
  if (trained.length === 0) return [];
  const { packings } = backend();
  const all = (letter: string) => trained.map((i) => inputs[letter + i]!);
  const written = [...all('p'), ...all('m'), ...all('v')];
  const given = all('g');
  const gradients = withoutAliases(given, written);
  const [gradient, parameter, mean, square] = [gradients, all('p'), all('m'), all('v')].map((tensors) =>
    packings.pack(tensors),
  );
  packings.reserveGradients(parameter!, gradient!);
  for (const { dataId } of written) backend().bindingToWrite(dataId);
  const numbers = {
    clip: clip!,
    beta1: beta1!,
    rest1: 1 - beta1!,
    beta2: beta2!,
    rest2: 1 - beta2!,
    epsilon: epsilon!,
    meanScale: learningRate! / (1 - beta1! ** step!),
    squareScale: 1 / (1 - beta2! ** step!),
  };
  const runs = runsOf(
    parameter!.layout,
    trained.map((i) => decays[i]!),
  );
  for (const { buffer, start, end, value } of runs) {
    const arrays = {
      gradient: gradient!.buffers[buffer]!,
      loss: inputs.loss!,
      norm: inputs.norm!,
      parameter: parameter!.buffers[buffer]!,
      mean: mean!.buffers[buffer]!,
      square: square!.buffers[buffer]!,
    };
    const fours = { start: start / 16, end: end / 16, keep: 1 - learningRate! * value };
    adamW.run(arrays, { ...numbers, ...fours }, Math.ceil((end - start) / 16 / THREADS));
  }
  dispose(...gradients.filter((tensor, i) => tensor !== given[i]));
  return [];
}

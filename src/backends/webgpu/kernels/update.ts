// What the optimizers' update kernels share: an update is a few dispatches, however many parameters there are. Parameters,
// gradients and moments are packed side by side into a few buffers. A step whose loss or norm is not finite changes nothing.
import type * as tf from '#tfjs';
import type { NumberType } from '../bindings.ts';
import { runsOf } from '../layout.ts';
import { backend, dispose, type Kernel, sizeOf } from '../memory.ts';
import { Program } from '../program.ts';
import { IS_FINITE } from '../wgsl.ts';
import { withoutAliases } from './aliasing.ts';

interface UpdateSource {
  name: string;
  /** Names of the tensors that the optimizer keeps for each parameter. */
  state: string[];
  numbers: Record<string, NumberType>;
  /** WGSL of the update of the fours `i` of all arrays; `g` is the clipped gradient. */
  code: string;
  /** The program's numbers, for parameters with that weight decay. */
  values(settings: Record<string, number>, weightDecay: number): Record<string, number>;
}

const THREADS = 256;

export function updateKernel({ name, state, numbers, code, values }: UpdateSource): Kernel {
  const written = ['parameter', ...state];
  const program = new Program({
    name,
    reads: { gradient: 'vec4f', loss: 'u32', norm: 'u32' }, // bits: compilers may assume that floats are finite
    writes: Object.fromEntries(written.map((array) => [array, 'vec4f'])),
    numbers: { start: 'u32', end: 'u32', clip: 'f32', ...numbers },
    threads: THREADS,
    declarations: IS_FINITE,
    body: `
  let i = n.start + group * ${THREADS}u + thread;
  if (i >= n.end || !isFinite(loss[0]) || !isFinite(norm[0])) { return; }
  let g = gradient[i] * select(1.0, min(1.0, n.clip / (bitcast<f32>(norm[0]) + 1e-6)), n.clip > 0.0);
  ${code}`,
  });
  return ({ loss, norm, ...inputs }, attributes) => {
    const settings = attributes as Record<string, number>;
    const decays = attributes.weightDecay as number[];
    const trained = [...decays.keys()].filter((i) => sizeOf(inputs[`parameter${i}`]!) > 0);
    if (trained.length === 0) return [];
    const { arrays, layout, release } = packed(written, trained, inputs);
    const runs = runsOf(
      layout,
      trained.map((i) => decays[i]!),
    );
    for (const { buffer, start, end, value } of runs) {
      const fours = { start: start / 16, end: end / 16 };
      program.run(
        { ...arrays(buffer), loss: loss!, norm: norm! },
        { ...fours, clip: settings.clip!, ...values(settings, value) },
        Math.ceil((end - start) / 16 / THREADS),
      );
    }
    release();
    return [];
  };
}

/** Packs the tensors that are written, and the gradients, whose copies of aliases `release` gives back. */
function packed(written: readonly string[], trained: readonly number[], inputs: tf.NamedTensorInfoMap) {
  const { packings } = backend();
  const all = (name: string) => trained.map((i) => inputs[name + i]!);
  const toWrite = written.map(all);
  const given = all('gradient');
  const gradients = withoutAliases(given, toWrite.flat());
  const gradient = packings.pack(gradients);
  const packing = toWrite.map((tensors) => packings.pack(tensors));
  packings.reserveGradients(packing[0]!, gradient);
  for (const { dataId } of toWrite.flat()) backend().bindingToWrite(dataId);
  return {
    layout: packing[0]!.layout,
    arrays: (buffer: number) => ({
      gradient: gradient.buffers[buffer]!,
      ...Object.fromEntries(written.map((name, at) => [name, packing[at]!.buffers[buffer]!])),
    }),
    release: () => dispose(...gradients.filter((tensor, i) => tensor !== given[i])),
  };
}

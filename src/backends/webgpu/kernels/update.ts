// What the kernels of all optimizers' updates have in common: tensors are packed so that they are a few arrays, of which a
// program works on four elements at once, and nothing is changed where loss or norm is not finite.
import type * as tf from '#tfjs';
import type { NumberType } from '../bindings.ts';
import { runsOf } from '../layout.ts';
import { backend, dispose, type Kernel, sizeOf } from '../memory.ts';
import { Program } from '../program.ts';
import { IS_FINITE } from '../wgsl.ts';
import { withoutTwins } from './twins.ts';

interface UpdateSource {
  name: string;
  /** The names of what the optimizer keeps. */
  state: string[];
  numbers: Record<string, NumberType>;
  /** Of elements i of all arrays; `g` is the gradient, clipped. */
  code: string;
  /** For parameters that decay so. */
  values(settings: Record<string, number>, weightDecay: number): Record<string, number>;
}

const THREADS = 256;

export function updateKernel({ name, state, numbers, code, values }: UpdateSource): Kernel {
  const written = ['parameter', ...state];
  const program = new Program({
    name,
    reads: { gradient: 'vec4f', loss: 'u32', norm: 'u32' }, // as bits: compilers may take floats to be finite
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

/** The tensors side by side, about to be written, and the gradients with them. */
function packed(written: readonly string[], trained: readonly number[], inputs: tf.NamedTensorInfoMap) {
  const { packings } = backend();
  const all = (name: string) => trained.map((i) => inputs[name + i]!);
  const toWrite = written.map(all);
  const given = all('gradient');
  const gradients = withoutTwins(given, toWrite.flat());
  const gradient = packings.pack(gradients);
  const packing = toWrite.map((tensors) => packings.pack(tensors));
  packings.keepGradients(packing[0]!, gradient);
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

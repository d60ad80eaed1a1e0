// Registers an engine as a backend of tfjs: with the kernels of tfjs's CPU backend, and ours before those that we have.
import * as tf from '#tfjs';
import type { CpuEngine } from './engine.ts';
import type { Kernel } from './kernel.ts';
import * as activate from './kernels/activate.ts';
import * as adamW from './kernels/adam-w.ts';
import * as attention from './kernels/attention.ts';
import * as coverage from './kernels/coverage.ts';
import * as crf from './kernels/crf.ts';
import * as crossEntropy from './kernels/cross-entropy.ts';
import * as ctc from './kernels/ctc.ts';
import * as dropout from './kernels/dropout.ts';
import * as embedding from './kernels/embedding.ts';
import * as fullAttention from './kernels/full-attention.ts';
import * as gatedConv from './kernels/gated-conv.ts';
import * as geluErf from './kernels/gelu-erf.ts';
import * as globalNorm from './kernels/global-norm.ts';
import * as gru from './kernels/gru.ts';
import * as layerNorm from './kernels/layer-norm.ts';
import * as linear from './kernels/linear.ts';
import * as lion from './kernels/lion.ts';
import * as lstm from './kernels/lstm.ts';
import * as muon from './kernels/muon.ts';
import * as packHeads from './kernels/pack-heads.ts';
import * as rmsNorm from './kernels/rms-norm.ts';
import * as rmsProp from './kernels/rms-prop.ts';
import * as rnn from './kernels/rnn.ts';
import * as sgd from './kernels/sgd.ts';
import * as arithmetic from './stock/arithmetic.ts';
import * as gathering from './stock/gathering.ts';
import * as joining from './stock/joining.ts';
import * as matMul from './stock/mat-mul.ts';
import * as moving from './stock/moving.ts';
import * as reductions from './stock/reductions.ts';
import * as unary from './stock/unary.ts';

/** The kernels that tfjs ships, read before `plain`, once started, replaces some of them. */
const STOCK = tf.getKernelsForBackend('cpu');

const OURS: Record<string, Kernel> = {
  ...activate.KERNELS,
  ...adamW.KERNELS,
  ...attention.KERNELS,
  ...coverage.KERNELS,
  ...crf.KERNELS,
  ...crossEntropy.KERNELS,
  ...ctc.KERNELS,
  ...dropout.KERNELS,
  ...embedding.KERNELS,
  ...fullAttention.KERNELS,
  ...gatedConv.KERNELS,
  ...geluErf.KERNELS,
  ...globalNorm.KERNELS,
  ...gru.KERNELS,
  ...layerNorm.KERNELS,
  ...linear.KERNELS,
  ...lion.KERNELS,
  ...lstm.KERNELS,
  ...muon.KERNELS,
  ...rmsProp.KERNELS,
  ...packHeads.KERNELS,
  ...rmsNorm.KERNELS,
  ...rnn.KERNELS,
  ...sgd.KERNELS,
  ...arithmetic.KERNELS,
  ...gathering.KERNELS,
  ...joining.KERNELS,
  ...matMul.KERNELS,
  ...moving.KERNELS,
  ...reductions.KERNELS,
  ...unary.KERNELS,
};

export function registerEngine(engine: CpuEngine, backendName: string): void {
  tf.registerBackend(backendName, () => engine.backend);
  const kernels = new Map(STOCK.map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]));
  for (const [name, kernel] of Object.entries(OURS))
    kernels.set(name, before(engine, kernel, kernels.get(name)));
  for (const [kernelName, kernelFunc] of kernels) tf.registerKernel({ kernelName, backendName, kernelFunc });
}

/** Puts our kernel before tfjs's, if there is one of that name, which does what ours answers with undefined. */
function before(engine: CpuEngine, ours: Kernel, stock: tf.KernelFunc | undefined): tf.KernelFunc {
  return (call) => {
    // A tensor of another backend moves here when it is first asked for, which may grow the memory: before any view is made.
    for (const input of Object.values(call.inputs)) if (input) engine.backend.data.get(input.dataId);
    const result = ours(engine, call.inputs, call.attrs ?? {}) ?? stock?.(call);
    if (result) return result;
    throw new Error('internal: a kernel without an answer');
  };
}

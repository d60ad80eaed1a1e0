// Registers our kernels with tfjs for the backend webgpu, beside tfjs's own.
import * as tf from '#tfjs';
import * as accumulateInto from './kernels/accumulate-into.ts';
import * as activate from './kernels/activate.ts';
import * as adamW from './kernels/adam-w.ts';
import * as attention from './kernels/attention.ts';
import * as crossEntropy from './kernels/cross-entropy.ts';
import * as dropout from './kernels/dropout.ts';
import * as embedding from './kernels/embedding.ts';
import * as gatedConv from './kernels/gated-conv.ts';
import * as globalNorm from './kernels/global-norm.ts';
import * as gru from './kernels/gru.ts';
import * as layerNorm from './kernels/layer-norm.ts';
import * as linear from './kernels/linear.ts';
import * as lion from './kernels/lion.ts';
import * as lstm from './kernels/lstm.ts';
import * as packHeads from './kernels/pack-heads.ts';
import * as rmsNorm from './kernels/rms-norm.ts';
import * as rmsProp from './kernels/rms-prop.ts';
import * as rnn from './kernels/rnn.ts';
import * as sampleTokens from './kernels/sample-tokens.ts';
import * as sgd from './kernels/sgd.ts';
import type { Kernel } from './memory.ts';

const KERNELS: Record<string, Kernel> = {
  ...accumulateInto.KERNELS,
  ...activate.KERNELS,
  ...adamW.KERNELS,
  ...attention.KERNELS,
  ...crossEntropy.KERNELS,
  ...dropout.KERNELS,
  ...embedding.KERNELS,
  ...gatedConv.KERNELS,
  ...globalNorm.KERNELS,
  ...gru.KERNELS,
  ...layerNorm.KERNELS,
  ...linear.KERNELS,
  ...lion.KERNELS,
  ...lstm.KERNELS,
  ...rmsProp.KERNELS,
  ...packHeads.KERNELS,
  ...rmsNorm.KERNELS,
  ...rnn.KERNELS,
  ...sampleTokens.KERNELS,
  ...sgd.KERNELS,
};

export function registerKernels(backendName: string): void {
  for (const [kernelName, kernel] of Object.entries(KERNELS))
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => kernel(inputs, attrs ?? {}),
    });
}

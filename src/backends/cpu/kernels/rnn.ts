// Rnn and its gradient over a whole sequence. The residual is y.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import { matricesOf, sizesOf } from './recurrent.ts';

export const KERNELS: Record<string, Kernel> = { Rnn, RnnFrom, RnnGrad };

function Rnn(engine: CpuEngine, inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { x, input, recurrent, bias } = inputs;
  const sizes = sizesOf(inputs);
  const [B, T, , H] = sizes;
  const y = engine.output([B, T, H]);
  engine.ops.rnn(
    ...sizes,
    engine.floats(x),
    engine.floats(input),
    engine.floats(recurrent),
    engine.floats(bias),
    y.values,
  );
  return [y.info, engine.reshaped(y.info, y.info.shape)];
}

function RnnFrom(
  engine: CpuEngine,
  inputs: tf.NamedTensorInfoMap,
  { batchInvariant }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const sizes = sizesOf(inputs);
  const [B, T, , H] = sizes;
  const [y, hidden] = [engine.output([B, T, H]), engine.output([B, H])];
  engine.ops.rnnFrom(
    ...sizes,
    batchInvariant as boolean,
    engine.floats(inputs.x),
    ...matricesOf(engine, inputs),
    engine.floats(inputs.bias),
    engine.floats(inputs.hidden),
    y.values,
    hidden.values,
  );
  return [y.info, hidden.info];
}

function RnnGrad(engine: CpuEngine, inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { dy, x, input, recurrent, bias, r0: y } = inputs;
  const sizes = sizesOf(inputs);
  const [dx, dInput] = [engine.output(x!.shape), engine.output(input!.shape)];
  const [dRecurrent, dBias] = [engine.output(recurrent!.shape), engine.output(bias!.shape)];
  const [dGates, before] = [engine.output(y!.shape), engine.output(y!.shape)];
  engine.ops.rnnGrad(
    ...sizes,
    engine.floats(dy),
    engine.floats(x),
    engine.floats(input),
    engine.floats(recurrent),
    engine.floats(y),
    dx.values,
    dInput.values,
    dRecurrent.values,
    dBias.values,
    dGates.values,
    before.values,
  );
  for (const { info } of [dGates, before]) engine.dispose(info);
  return [dx.info, dInput.info, dRecurrent.info, dBias.info];
}

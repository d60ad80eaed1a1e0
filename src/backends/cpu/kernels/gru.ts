// Gru and its gradient over a whole sequence. The residuals are y, and of every step the activated gates and the recurrent
// part of the candidates.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import { matricesOf, sizesOf } from './recurrent.ts';

export const KERNELS: Record<string, Kernel> = { Gru, GruFrom, GruGrad };

function Gru(engine: CpuEngine, inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { x, input, recurrent, bias, recurrentBias } = inputs;
  const sizes = sizesOf(inputs);
  const [B, T, , H] = sizes;
  const [y, candidates] = [engine.output([B, T, H]), engine.output([B, T, H])];
  const gates = engine.output([B, T, 3 * H]);
  engine.ops.gru(
    ...sizes,
    engine.floats(x),
    engine.floats(input),
    engine.floats(recurrent),
    engine.floats(bias),
    engine.floats(recurrentBias),
    y.values,
    gates.values,
    candidates.values,
  );
  return [y.info, engine.reshaped(y.info, y.info.shape), gates.info, candidates.info];
}

function GruFrom(
  engine: CpuEngine,
  inputs: tf.NamedTensorInfoMap,
  { batchInvariant }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const sizes = sizesOf(inputs);
  const [B, T, , H] = sizes;
  const [y, hidden] = [engine.output([B, T, H]), engine.output([B, H])];
  const gates = engine.output([B, T, 3 * H]);
  engine.ops.gruFrom(
    ...sizes,
    batchInvariant as boolean,
    engine.floats(inputs.x),
    ...matricesOf(engine, inputs),
    engine.floats(inputs.bias),
    engine.floats(inputs.recurrentBias),
    engine.floats(inputs.hidden),
    y.values,
    hidden.values,
    gates.values,
  );
  engine.dispose(gates.info);
  return [y.info, hidden.info];
}

function GruGrad(engine: CpuEngine, inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { dy, x, input, recurrent, bias, recurrentBias, r0: y, r1: gates, r2: candidates } = inputs;
  const sizes = sizesOf(inputs);
  const [dx, dInput, dRecurrent] = [x!, input!, recurrent!].map(({ shape }) => engine.output(shape));
  const [dBias, dRecurrentBias] = [engine.output(bias!.shape), engine.output(recurrentBias!.shape)];
  const [dGates, dCandidates] = [engine.output(gates!.shape), engine.output(y!.shape)];
  const before = engine.output(y!.shape);
  engine.ops.gruGrad(
    ...sizes,
    engine.floats(dy),
    engine.floats(x),
    engine.floats(input),
    engine.floats(recurrent),
    engine.floats(y),
    engine.floats(gates),
    engine.floats(candidates),
    dx!.values,
    dInput!.values,
    dRecurrent!.values,
    dBias.values,
    dRecurrentBias.values,
    dGates.values,
    dCandidates.values,
    before.values,
  );
  for (const { info } of [dGates, dCandidates, before]) engine.dispose(info);
  return [dx!.info, dInput!.info, dRecurrent!.info, dBias.info, dRecurrentBias.info];
}

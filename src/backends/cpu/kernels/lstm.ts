// Lstm and its gradient over a whole sequence, with peepholes if they are given. The residuals are y, and the activated
// gates and the cells of every step.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';
import { matricesOf, sizesOf } from './recurrent.ts';

export const KERNELS: Record<string, Kernel> = { Lstm, LstmFrom, LstmGrad };

function Lstm(engine: CpuEngine, inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { x, input, recurrent, bias, peepholes } = inputs;
  const sizes = sizesOf(inputs);
  const [B, T, , H] = sizes;
  const [y, gates, cells] = [
    engine.output([B, T, H]),
    engine.output([B, T, 4 * H]),
    engine.output([B, T, H]),
  ];
  engine.ops.lstm(
    ...sizes,
    engine.floats(x),
    engine.floats(input),
    engine.floats(recurrent),
    engine.floats(bias),
    peepholes ? engine.floats(peepholes) : null,
    y.values,
    gates.values,
    cells.values,
  );
  return [y.info, engine.reshaped(y.info, y.info.shape), gates.info, cells.info];
}

function LstmFrom(
  engine: CpuEngine,
  inputs: tf.NamedTensorInfoMap,
  { batchInvariant }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { x, bias, peepholes, ...state } = inputs;
  const sizes = sizesOf(inputs);
  const [B, T, , H] = sizes;
  const [y, hidden, cell] = [engine.output([B, T, H]), engine.output([B, H]), engine.output([B, H])];
  const gates = engine.output([B, T, 4 * H]);
  engine.ops.lstmFrom(
    ...sizes,
    batchInvariant as boolean,
    engine.floats(x),
    ...matricesOf(engine, inputs),
    engine.floats(bias),
    peepholes ? engine.floats(peepholes) : null,
    engine.floats(state.hidden),
    engine.floats(state.cell),
    y.values,
    hidden.values,
    cell.values,
    gates.values,
  );
  engine.dispose(gates.info);
  return [y.info, hidden.info, cell.info];
}

function LstmGrad(engine: CpuEngine, inputs: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { dy, x, input, recurrent, bias, peepholes, r0: y, r1: gates, r2: cells } = inputs;
  const sizes = sizesOf(inputs);
  const [dx, dInput] = [engine.output(x!.shape), engine.output(input!.shape)];
  const [dRecurrent, dBias] = [engine.output(recurrent!.shape), engine.output(bias!.shape)];
  const dPeepholes = peepholes && engine.output(peepholes.shape);
  const [dGates, before] = [engine.output(gates!.shape), engine.output(y!.shape)];
  engine.ops.lstmGrad(
    ...sizes,
    engine.floats(dy),
    engine.floats(x),
    engine.floats(input),
    engine.floats(recurrent),
    peepholes ? engine.floats(peepholes) : null,
    engine.floats(y),
    engine.floats(gates),
    engine.floats(cells),
    dx.values,
    dInput.values,
    dRecurrent.values,
    dBias.values,
    dPeepholes?.values ?? null,
    dGates.values,
    before.values,
  );
  for (const { info } of [dGates, before]) engine.dispose(info);
  const gradients = [dx.info, dInput.info, dRecurrent.info, dBias.info];
  return dPeepholes ? [...gradients, dPeepholes.info] : gradients;
}

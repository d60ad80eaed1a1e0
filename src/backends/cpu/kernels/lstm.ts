// Lstm and its gradient over a whole sequence. The residuals are y, and the activated gates and the cells of every step.
import type * as tf from '#tfjs';
import type { CpuEngine } from '../engine.ts';
import type { Kernel } from '../kernel.ts';

export const KERNELS: Record<string, Kernel> = { Lstm, LstmFrom, LstmGrad };

function Lstm(engine: CpuEngine, { x, input, recurrent, bias }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { B, T, I, H } = sizes(x!, recurrent!);
  const [y, gates, cells] = [
    engine.output([B, T, H]),
    engine.output([B, T, 4 * H]),
    engine.output([B, T, H]),
  ];
  engine.ops.lstm(
    B,
    T,
    I,
    H,
    engine.floats(x),
    engine.floats(input),
    engine.floats(recurrent),
    engine.floats(bias),
    y.values,
    gates.values,
    cells.values,
  );
  return [y.info, engine.reshaped(y.info, y.info.shape), gates.info, cells.info];
}

function LstmFrom(
  engine: CpuEngine,
  { x, input, recurrent, bias, ...state }: tf.NamedTensorInfoMap,
  { batchInvariant }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { B, T, I, H } = sizes(x!, recurrent!);
  const [y, hidden, cell] = [engine.output([B, T, H]), engine.output([B, H]), engine.output([B, H])];
  const gates = engine.output([B, T, 4 * H]);
  const [inputHalves, recurrentHalves] = [engine.bf16Values(input), engine.bf16Values(recurrent)];
  const [inputWeight, recurrentWeight] =
    inputHalves && recurrentHalves
      ? [inputHalves, recurrentHalves]
      : [engine.floats(input), engine.floats(recurrent)];
  engine.ops.lstmFrom(
    B,
    T,
    I,
    H,
    batchInvariant as boolean,
    engine.floats(x),
    inputWeight,
    recurrentWeight,
    engine.floats(bias),
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

function LstmGrad(
  engine: CpuEngine,
  { dy, x, input, recurrent, bias, r0: y, r1: gates, r2: cells }: tf.NamedTensorInfoMap,
): tf.TensorInfo[] {
  const { B, T, I, H } = sizes(x!, recurrent!);
  const [dx, dInput] = [engine.output(x!.shape), engine.output(input!.shape)];
  const [dRecurrent, dBias] = [engine.output(recurrent!.shape), engine.output(bias!.shape)];
  const [dGates, before] = [engine.output([B, T, 4 * H]), engine.output([B, T, H])];
  engine.ops.lstmGrad(
    B,
    T,
    I,
    H,
    engine.floats(dy),
    engine.floats(x),
    engine.floats(input),
    engine.floats(recurrent),
    engine.floats(y),
    engine.floats(gates),
    engine.floats(cells),
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

function sizes(x: tf.TensorInfo, recurrent: tf.TensorInfo) {
  const [B, T, I] = x.shape as [number, number, number];
  return { B, T, I, H: recurrent.shape[0]! };
}

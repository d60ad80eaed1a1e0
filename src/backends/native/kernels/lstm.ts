// Lstm and its gradient, a whole sequence at a time; the residuals are y, the activated gates and the cells of every step.
import type * as tf from '#tfjs';
import { addon } from '../addon.ts';
import { bf16Values, dispose, floats, type Kernel, output, reshaped } from '../memory.ts';

export const KERNELS: Record<string, Kernel> = { Lstm, LstmFrom, LstmGrad };

function Lstm({ x, input, recurrent, bias }: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { B, T, I, H } = sizes(x!, recurrent!);
  const [y, gates, cells] = [output([B, T, H]), output([B, T, 4 * H]), output([B, T, H])];
  const weights = [floats(input), floats(recurrent), floats(bias)];
  addon().lstm!(B, T, I, H, floats(x), ...weights, y.values, gates.values, cells.values);
  return [y.info, reshaped(y.info, y.info.shape), gates.info, cells.info];
}

function LstmFrom(
  { x, input, recurrent, bias, ...state }: tf.NamedTensorInfoMap,
  { batchInvariant }: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const { B, T, I, H } = sizes(x!, recurrent!);
  const [y, hidden, cell] = [output([B, T, H]), output([B, H]), output([B, H])];
  const gates = output([B, T, 4 * H]);
  const [narrowInput, narrowRecurrent] = [bf16Values(input), bf16Values(recurrent)];
  const weights =
    narrowInput && narrowRecurrent ? [narrowInput, narrowRecurrent] : [floats(input), floats(recurrent)];
  addon().lstmFrom!(
    B,
    T,
    I,
    H,
    batchInvariant as boolean,
    floats(x),
    ...weights,
    floats(bias),
    floats(state.hidden),
    floats(state.cell),
    y.values,
    hidden.values,
    cell.values,
    gates.values,
  );
  dispose(gates.info);
  return [y.info, hidden.info, cell.info];
}

function LstmGrad({
  dy,
  x,
  input,
  recurrent,
  bias,
  r0: y,
  r1: gates,
  r2: cells,
}: tf.NamedTensorInfoMap): tf.TensorInfo[] {
  const { B, T, I, H } = sizes(x!, recurrent!);
  const gradients = [x, input, recurrent, bias].map((info) => output(info!.shape));
  const [slopes, before] = [output([B, T, 4 * H]), output([B, T, H])];
  addon().lstmGrad!(
    B,
    T,
    I,
    H,
    ...[dy, x, input, recurrent, y, gates, cells].map(floats),
    ...gradients.map(({ values }) => values),
    slopes.values,
    before.values,
  );
  for (const { info } of [slopes, before]) dispose(info);
  return gradients.map(({ info }) => info);
}

function sizes(x: tf.TensorInfo, recurrent: tf.TensorInfo) {
  const [B, T, I] = x.shape as [number, number, number];
  return { B, T, I, H: recurrent.shape[0]! };
}

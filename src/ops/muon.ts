// muon: one step of Muon (Jordan et al. 2024) as torch.optim.Muon takes it: the momentum of a matrix (in, out), Nesterov's, made
// orthogonal by five Newton-Schulz iterations; its decay is decoupled from the gradient. Kernel Muon.
import * as tf from '#tfjs';
import { type UpdateItem, updateOp } from './update.ts';

/** How a matrix's shape scales its learning rate, by torch's names. */
type RateAdjustment = 'original' | 'match_rms_adamw';

/** The running mean of the gradient. */
type MuonState = Record<'momentum', tf.Variable>;

export type MuonItem = UpdateItem<MuonState>;

export interface MuonSettings {
  /** The share of the mean that stays. */
  momentum: number;
  adjustRate: RateAdjustment;
}

const ITERATIONS = 5;
/** Of the polynomial that drives singular values towards 1, chosen to be steep at 0. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const SMALLEST_NORM = 1e-7;

export const muon = updateOp<MuonState, MuonSettings>({
  op: 'muon',
  kernel: 'Muon',
  state: () => ['momentum'],
  compose: (item, gradient, { learningRate, momentum: kept, adjustRate }) => {
    const { shape } = gradient;
    const [inputs, outputs] = matrixSizes(shape);
    const between = (mean: tf.Tensor) => mean.mul(kept).add(gradient.mul(1 - kept));
    const momentum = between(item.momentum);
    const direction = orthogonal(between(momentum).reshape([inputs, outputs])).reshape(shape);
    const rate = learningRate * rateFactor(shape, adjustRate);
    const decayed = item.parameter.mul(1 - learningRate * item.weightDecay);
    return { parameter: decayed.sub(direction.mul(rate)), momentum };
  },
});

/** What a matrix of this shape multiplies the learning rate by. */
export function rateFactor(shape: readonly number[], adjustRate: RateAdjustment): number {
  const [inputs, outputs] = matrixSizes(shape);
  return adjustRate === 'original'
    ? Math.sqrt(Math.max(1, outputs / inputs))
    : 0.2 * Math.sqrt(Math.max(inputs, outputs));
}

/** Of a convolution too, whose inputs are those of all its taps. */
export function matrixSizes(shape: readonly number[]): [inputs: number, outputs: number] {
  const outputs = shape.at(-1)!;
  return [shape.reduce((product, size) => product * size, 1) / outputs, outputs];
}

/** x (I, O) with singular values near 1. */
function orthogonal(x: tf.Tensor2D): tf.Tensor2D {
  const [I, O] = x.shape;
  const isTall = I > O;
  let near = x.div<tf.Tensor2D>(x.norm().maximum(SMALLEST_NORM));
  for (let i = 0; i < ITERATIONS; i++) {
    const gram = tf.matMul(near, near, isTall, !isTall); // of the shorter side's vectors
    const change = gram.mul(B).add<tf.Tensor2D>(tf.matMul(gram, gram).mul(C));
    const turned = isTall ? tf.matMul(near, change) : tf.matMul(change, near);
    near = near.mul(A).add(turned);
  }
  return near;
}

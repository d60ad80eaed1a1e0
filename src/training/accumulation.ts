// Gradient accumulation: the mean loss of a step's micro-batches and its gradient, one micro-batch in memory at a time.
import * as tf from '#tfjs';
import type { Model } from '../architectures/language-model.ts';
import { breathe } from '../base/breathe.ts';
import { fold, type Key } from '../base/random.ts';
import { accumulate } from '../ops/reverse.ts';
import type { Batch } from '../tasks/task.ts';
import { lossAndGradients } from './gradients.ts';

export interface Accumulation<B extends Batch = Batch> {
  /** The micro-batches, each made when its turn comes. */
  batches: Iterable<B>;
  /** How many there are. */
  count: number;
  /** The mean of the losses that one batch counts. */
  loss(batch: B, dropoutKey: Key | undefined): tf.Scalar;
  /** Each micro-batch has its own key, made from this; without it nothing is dropped. */
  dropoutKey: Key | undefined;
  /** When aborted, the micro-batches that are left are not begun, and there is no gradient. */
  signal?: AbortSignal | undefined;
  /** Called after each micro-batch but the last. */
  onMicroBatch?: ((done: number, count: number) => void) | undefined;
}

export interface MeanGradient {
  loss: tf.Scalar;
  gradients: Map<string, tf.Tensor>;
  /** Tokens in all batches, and the losses that they count. */
  tokens: number;
  counted: number;
}

/** Returns nothing if the signal stopped it on the way. */
export async function meanGradient<B extends Batch>(
  parameters: Model['parameters'],
  { batches, count, loss: lossOf, dropoutKey, signal, onMicroBatch }: Accumulation<B>,
): Promise<MeanGradient | undefined> {
  let mean: MeanGradient | undefined;
  let usual: number | undefined; // losses in a micro-batch
  let done = 0;
  for (const batch of batches) {
    const key = dropoutKey && fold(dropoutKey, done);
    const { size, counted } = batch;
    usual ??= counted;
    const weight = { loss: counted / usual, count };
    const share = () => weighed(lossOf(batch, key), weight);
    mean = added(mean, { ...lossAndGradients(share, parameters), tokens: size, counted });
    done++;
    await breathe();
    if (done === count) break;
    if (signal?.aborted) {
      tf.dispose([mean.loss, ...mean.gradients.values()]);
      return undefined;
    }
    onMicroBatch?.(done, count);
  }
  if (mean === undefined) throw new Error('internal: a step without a batch');
  return scaled(mean, (usual! * count) / mean.counted);
}

/** A mean over a micro-batch's losses as its part of the step's, were all micro-batches to have as many losses as the first. */
export function weighed(loss: tf.Scalar, weight: { loss: number; count: number }): tf.Scalar {
  if (weight.loss !== 1) return loss.mul(weight.loss / weight.count) as tf.Scalar;
  return weight.count === 1 ? loss : (loss.div(weight.count) as tf.Scalar);
}

/** Makes up for micro-batches with more or fewer losses than the first, once all of them are counted. */
export function scaled(mean: MeanGradient, factor: number): MeanGradient {
  if (factor === 1) return mean;
  const times = (tensor: tf.Tensor) => {
    const product = tensor.mul(factor);
    tensor.dispose();
    return product;
  };
  const gradients = new Map(Array.from(mean.gradients, ([name, gradient]) => [name, times(gradient)]));
  return { ...mean, loss: times(mean.loss) as tf.Scalar, gradients };
}

function added(sum: MeanGradient | undefined, one: MeanGradient): MeanGradient {
  if (sum === undefined) return one;
  const gradients = new Map(
    Array.from(one.gradients, ([name, gradient]) => [name, accumulate(sum.gradients.get(name)!, gradient)]),
  );
  return {
    loss: accumulate(sum.loss, one.loss),
    gradients,
    tokens: sum.tokens + one.tokens,
    counted: sum.counted + one.counted,
  };
}

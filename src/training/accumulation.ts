// Gradient accumulation: the mean loss of a step's micro-batches and its gradient, one micro-batch in memory at a time.
import * as tf from '#tfjs';
import type { Model } from '../architectures/language-model.ts';
import { breathe } from '../base/breathe.ts';
import { fold, type Key } from '../base/random.ts';
import type { Batch } from '../tasks/task.ts';
import { accumulate, lossAndGradients } from './gradients.ts';

export interface Accumulation<B extends Batch = Batch> {
  /** The micro-batches, each made when its turn comes. */
  batches: Iterable<B>;
  /** How many there are. */
  count: number;
  /** The mean loss over one batch. */
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
  /** Tokens in all batches. */
  tokens: number;
}

/** Returns nothing if the signal stopped it on the way. */
export async function meanGradient<B extends Batch>(
  parameters: Model['parameters'],
  { batches, count, loss: lossOf, dropoutKey, signal, onMicroBatch }: Accumulation<B>,
): Promise<MeanGradient | undefined> {
  let mean: MeanGradient | undefined;
  let done = 0;
  for (const batch of batches) {
    const key = dropoutKey && fold(dropoutKey, done);
    const share = () => {
      const loss = lossOf(batch, key);
      return count === 1 ? loss : (loss.div(count) as tf.Scalar);
    };
    mean = added(mean, { ...lossAndGradients(share, parameters), tokens: batch.size });
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
  return mean;
}

function added(sum: MeanGradient | undefined, one: MeanGradient): MeanGradient {
  if (sum === undefined) return one;
  const gradients = new Map(
    Array.from(one.gradients, ([name, gradient]) => [name, accumulate(sum.gradients.get(name)!, gradient)]),
  );
  return { loss: accumulate(sum.loss, one.loss), gradients, tokens: sum.tokens + one.tokens };
}

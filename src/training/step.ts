// One training step: the gradient of the mean loss over one or more micro-batches, clipped, then AdamW. A GPU is only told
// to do it; what came of it is read later.
import * as tf from '#tfjs';
import type { LanguageModel } from '../architectures/language-model.ts';
import { breathe } from '../base/breathe.ts';
import type { Key } from '../base/random.ts';
import { fold } from '../base/random.ts';
import type { Batch } from '../data/batches.ts';
import { globalNorm } from '../ops/index.ts';
import { accumulate, lossAndGradients } from './gradients.ts';
import type { Optimizer } from './optimizer.ts';

export interface StepInput {
  batches: Iterable<Batch>;
  accumulation: number;
  learningRate: number;
  /** The gradients' norm is held to this; 0 leaves them as they are. */
  clip: number;
  /** Each micro-batch has its own, made from this; without it nothing is dropped. */
  dropoutKey: Key | undefined;
}

export interface StepResult {
  loss: number;
  gradNorm: number;
  /** False where loss or gradient was not finite: then nothing was changed. */
  applied: boolean;
}

/** Begins a step: all of it has been asked for, and the next may begin. */
export async function beginStep(
  model: LanguageModel,
  optimizer: Optimizer,
  input: StepInput,
): Promise<{ result: Promise<StepResult> }> {
  const { learningRate, clip } = input;
  const { loss, gradients } = await overBatches(model, optimizer.parameters, input);
  const norm = globalNorm([...gradients.values()]);
  optimizer.update(gradients, { learningRate, clip, loss, norm });
  const result = read(tf.stack([loss, norm]));
  tf.dispose([loss, norm, ...gradients.values()]);
  result.catch(() => {}); // it is thrown to whoever waits for the result, who may not do so yet
  return { result };
}

async function read(measures: tf.Tensor): Promise<StepResult> {
  const [loss, gradNorm] = await measures.data();
  measures.dispose();
  return { loss: loss!, gradNorm: gradNorm!, applied: Number.isFinite(loss) && Number.isFinite(gradNorm) };
}

/** Mean loss and mean gradients over the micro-batches. */
async function overBatches(
  model: LanguageModel,
  trained: Optimizer['parameters'],
  { batches, accumulation, dropoutKey }: StepInput,
) {
  let loss: tf.Scalar | undefined;
  let gradients = new Map<string, tf.Tensor>();
  let micro = 0;
  for (const batch of batches) {
    const key = dropoutKey && fold(dropoutKey, micro++);
    const one = backward(model, trained, batch, accumulation, key);
    if (loss === undefined) [loss, gradients] = [one.loss, one.gradients];
    else {
      loss = accumulate(loss, one.loss);
      for (const [name, gradient] of one.gradients)
        gradients.set(name, accumulate(gradients.get(name)!, gradient));
    }
    await breathe();
  }
  if (loss === undefined) throw new Error('beginStep: expected at least one batch');
  return { loss, gradients };
}

function backward(
  model: LanguageModel,
  trained: Optimizer['parameters'],
  batch: Batch,
  accumulation: number,
  dropoutKey: Key | undefined,
) {
  const tokens = tf.tensor2d(batch.tokens, batch.shape, 'int32');
  const targets = tf.tensor2d(batch.targets, batch.shape, 'int32');
  const share = () => {
    const loss = model.loss(tokens, targets, dropoutKey ? { dropoutKey } : {});
    return accumulation === 1 ? loss : (loss.div(accumulation) as tf.Scalar);
  };
  try {
    return lossAndGradients(share, trained);
  } finally {
    tf.dispose([tokens, targets]);
  }
}

// One training step: the gradient of the mean loss over one or more micro-batches, clipped, then the optimizer's update. A
// GPU is only told to do it; what came of it is read later.
import * as tf from '#tfjs';
import { globalNorm } from '../ops/index.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { Batch } from '../tasks/task.ts';
import { type Accumulation, meanGradient } from './accumulation.ts';
import { Ranked } from './ranked.ts';

export interface StepInput<B extends Batch = Batch> extends Accumulation<B> {
  learningRate: number;
  /** Gradients whose global norm is longer are shortened to this; 0 leaves them as they are. */
  clip: number;
}

export interface StepResult {
  loss: number;
  gradNorm: number;
  /** How many tokens its batches have. */
  tokens: number;
  /** False where loss or gradient was not finite: then nothing was changed. */
  applied: boolean;
}

/**
 * Begins a step. When it returns, all of the step has been asked for, and the next may begin. It returns nothing if the
 * signal stopped it, in which case nothing has changed.
 */
export async function beginStep<B extends Batch>(
  optimizer: Optimizer,
  input: StepInput<B>,
): Promise<{ result: Promise<StepResult> } | undefined> {
  const { learningRate, clip } = input;
  const ranked = optimizer instanceof Ranked ? optimizer : undefined;
  const mean = await (ranked ? ranked.meanGradient(input) : meanGradient(optimizer.parameters, input));
  if (mean === undefined) return undefined;
  const { loss, gradients, tokens } = mean;
  const norm = ranked ? await ranked.norm(gradients) : globalNorm([...gradients.values()]);
  optimizer.update(gradients, { learningRate, clip, loss, norm });
  await ranked?.gather();
  const result = read(tf.stack([loss, norm]), tokens);
  tf.dispose([loss, norm, ...gradients.values()]);
  result.catch(() => {}); // it is thrown to whoever waits for the result, who may not do so yet
  return { result };
}

async function read(measures: tf.Tensor, tokens: number): Promise<StepResult> {
  const [loss, gradNorm] = await measures.data();
  measures.dispose();
  const applied = Number.isFinite(loss) && Number.isFinite(gradNorm);
  return { loss: loss!, gradNorm: gradNorm!, tokens, applied };
}

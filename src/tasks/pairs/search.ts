// Targets by beam search, of several sources side by side; jointly with CTC where the model has it.
import * as tf from '#tfjs';
import type { PaddedTexts, PairModel, Steps } from '../../architectures/pair-model.ts';
import { type BeamOptions, beamSearch, type Written } from '../../sampling/beam.ts';
import type { BesideOptions } from '../../sampling/joint.ts';
import { paddedTexts } from '../padded.ts';

export async function searched(
  model: PairModel,
  sources: readonly Int32Array[],
  options: Omit<BeamOptions, 'ctc'>,
): Promise<Written[]> {
  const { steps, ctc } = await begun(model, sources);
  try {
    return await beamSearch(steps, sources.length, { ...options, ctc });
  } finally {
    steps.dispose();
  }
}

export function stepsOf(model: PairModel, sources: readonly Int32Array[]): Steps {
  return withTexts(sources, (texts) => model.startSteps(texts));
}

/** With what CTC says of the sources, where the model has it. */
async function begun(
  model: PairModel,
  sources: readonly Int32Array[],
): Promise<{ steps: Steps; ctc?: BesideOptions }> {
  const { ctc } = model;
  if (!ctc) return { steps: stepsOf(model, sources) };
  const { steps, logProbabilities: said } = withTexts(sources, (texts) => ctc.startSteps(texts));
  const [, S, outputs] = said.shape; // (B, S, V + 1)
  const values = await said.data<'float32'>();
  said.dispose();
  const rowsOf = ({ length }: Int32Array, b: number) => ({
    logProbabilities: values.subarray(b * S * outputs, (b * S + length) * outputs),
    outputs,
  });
  return { steps, ctc: { weight: ctc.weight, rows: sources.map(rowsOf) } };
}

function withTexts<T>(sources: readonly Int32Array[], work: (texts: PaddedTexts) => T): T {
  const texts = paddedTexts(sources);
  const result = work(texts);
  tf.dispose([texts.ids, texts.lengths]);
  return result;
}

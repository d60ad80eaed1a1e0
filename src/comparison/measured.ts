// All that is measured of one trained run: on the whole validation split, on equal terms, where its loss comes from, a sample.
import { formatCount } from '../base/format.ts';
import type { OpenedModel } from '../run/open.ts';
import { collectSamples } from '../sampling/generate.ts';
import { taskOf } from '../tasks/list.ts';
import type { ComparedRun } from './findings.ts';
import type { Lab } from './lab.ts';
import { curveOf } from './trial.ts';

export const SAMPLING = { temperature: 0.8, maxTokens: 200, seed: 1 };
const PROFILE_TOKENS = 100_000;

/** `folder` is the run's, which tells how training went. */
export async function measured(
  { model, tokenizer, folder: checkpoint }: OpenedModel,
  folder: string,
  { dataset: { val }, board, signal, prompt }: Lab,
): Promise<Omit<ComparedRun, 'seed' | 'tokens' | 'seconds' | 'tokensPerSecond'>> {
  const task = await taskOf(model.config).load();
  const terms = task.onEqualTerms;
  const measure = (settings: object) =>
    task.measure(model, val, {
      ...settings,
      tokenizer,
      onProgress(done, total) {
        signal?.throwIfAborted();
        board.live(`measuring ${checkpoint}: ${formatCount(done)} of ${formatCount(total)} tokens`);
      },
    });
  const evaluation = await measure({});
  const afresh = terms?.matters(model) ? await measure(terms.options) : evaluation;
  const profile = await task.profile?.(model, val, PROFILE_TOKENS);
  const events = task.write?.(model, tokenizer, prompt, SAMPLING, signal);
  const sample = events && (await collectSamples(events))[0]!.text;
  return {
    checkpoint,
    evaluation,
    figures: task.figures(evaluation),
    conditions: task.conditions(evaluation),
    afresh,
    curve: curveOf(folder),
    profile,
    sample,
  };
}

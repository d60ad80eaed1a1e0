// What a person sees of a run: what was chosen, a live line, evaluations, and what to do next. All of it on stderr.

import { parameterCount } from '../architectures/language-model.ts';
import { architectureNamed, architectureOf } from '../architectures/list.ts';
import type { Started } from '../backends/index.ts';
import { formatBytes, formatCount, formatDuration, formatRate, formatShare } from '../base/format.ts';
import { createProgress } from '../base/progress.ts';
import type { RunEvent, RunResult } from '../run/events.ts';
import type { MemoryForecast } from '../run/memory-check.ts';
import type { RunRecord } from '../run/record.ts';
import type { Plan } from '../run/request.ts';
import { loraOf } from '../settings/fine-tuning.ts';
import { tokensPerStep, WARM_UP_STEPS } from '../settings/training.ts';
import { taskOf } from '../tasks/list.ts';
import type { MicroProgress } from '../training/loop.ts';
import { columns } from './output.ts';

/** In quicker steps a line for each micro-batch would only flicker between those of whole steps. */
const SLOW_STEP_SECONDS = 2;
const LONG_STEP_SECONDS = 60;

type StepEvent = Extract<RunEvent, { type: 'step' }>;
type StartEvent = Extract<RunEvent, { type: 'start' }>;

export function trainingReporter() {
  const progress = createProgress();
  let valLoss: string | undefined;
  let atMost = '';
  let [verb, given] = ['sample', ' --stream'];
  let rate: RunningRate | undefined;
  let secondsLeft = Infinity;
  let hasTold = false;

  function onEvent(event: RunEvent): void {
    if (event.type === 'start') {
      rate = new RunningRate();
      secondsLeft = event.training.maxSeconds ?? Infinity;
      const task = taskOf(event.model.config);
      atMost = task.lossIsBound ? 'at most ' : '';
      if (task.given === 'source') given = ' --source "…"';
      progress.note(`${describeStart(event)}\n`);
    } else if (event.type === 'micro-batch') {
      if (secondsOf(event.progress) < SLOW_STEP_SECONDS) return;
      if (!hasTold && isLong(event.progress)) {
        hasTold = true;
        progress.note(longStep(event.progress));
      }
      progress.live(microLine(event.progress));
    } else if (event.type === 'step') {
      const { step, skipped } = event.report;
      if (skipped) progress.note(`step ${step}: the loss was not finite; the step was skipped`);
      secondsLeft -= event.report.ms / 1000;
      progress.live(liveLine(event, rate!.after(event), secondsLeft, valLoss));
    } else if (event.type === 'evaluation') {
      valLoss = atMost + event.entry.valLoss.toFixed(3);
      progress.note(describeEvaluation(event));
    }
  }

  return {
    onPlan(plan: Plan, started: Started): void {
      if (plan.dataset.meta.kind === 'chat') [verb, given] = ['chat', ''];
      progress.note(describePlan(plan, started));
    },
    onEvent,
    note: progress.note,
    end(result: RunResult, out: string): void {
      progress.end();
      progress.note(describeEnd(result, out, atMost));
    },
    next: ({ ended }: RunResult, out: string) =>
      ended === 'interrupted'
        ? `go on:   tsgpt train --out ${out} --resume`
        : `${`${verb}:`.padEnd(9)}tsgpt ${verb} ${out}${given}\nmeasure: tsgpt eval ${out}`,
  };
}

function describePlan({ dataset, from, changes, note, out, record }: Plan, started: Started): string {
  const { tokenizer, splits, source } = dataset.meta;
  const sizes = `${formatCount(splits.train.tokens)} training and ${formatCount(splits.val.tokens)} validation tokens`;
  const rows: [string, string][] = [
    ['run', `${out}${from ? `, going on from ${from}` : ''}`],
    ...(record.init ? [['begins', `with ${record.init.folder}`] satisfies [string, string]] : []),
    ...Object.entries(record.parts ?? {}).map(([name, { folder }]): [string, string] => [
      name,
      `begins with ${folder}`,
    ]),
    ...describeFineTuning(record),
    ['text', `${source} · ${tokenizer.name} tokens, ${formatCount(tokenizer.vocabSize)} kinds · ${sizes}`],
    ...(note ? [['note', note] satisfies [string, string]] : []),
    ['backend', `${started.name}: ${started.detail} (${started.why})`],
    ['precision', `${started.precision} (${started.whyPrecision})`],
    ...changes.map((change): [string, string] => ['changed', change]),
  ];
  return columns(rows, process.stderr);
}

function describeFineTuning({ arch, settings }: RunRecord): [string, string][] {
  if (settings.loraContinue) return [['LoRA', 'the adapter that it begins with']];
  const lora = loraOf(settings, architectureNamed(arch));
  if (lora) return [['LoRA', `rank ${lora.rank}, alpha ${lora.alpha}, on ${lora.targets.join(', ')}`]];
  return settings.freeze ? [['frozen', settings.freeze.join(', ')]] : [];
}

function describeStart({ model, trained, training, totalSteps, step, memory }: StartEvent): string {
  const { config } = model;
  const perStep = tokensPerStep(training, config);
  const { schedule, learningRate, minLearningRate } = training;
  const parameters = parameterCount(model);
  const rows: [string, string][] = [
    [
      'model  ',
      `${config.arch}: ${architectureOf(config).describe(config)} · ${formatCount(parameters)} parameters${trained === parameters ? '' : `, ${formatCount(trained)} trained`}`,
    ],
    totalSteps === 0
      ? ['steps  ', 'none: it is fitted to the text at once']
      : [
          'steps  ',
          `${step > 0 ? `${formatCount(step)} done of ` : ''}${formatCount(totalSteps)}, ${formatCount(perStep)} tokens each · learning rate ${learningRate}, ${schedule}${schedule === 'constant' ? '' : ` to ${minLearningRate}`}`,
        ],
    ...(memory ? [['memory ', describeMemory(memory)] satisfies [string, string]] : []),
  ];
  return columns(rows, process.stderr);
}

function describeMemory({ total, weights, optimizer, batch, reading, whose, ranks }: MemoryForecast): string {
  const parts = `weights ${formatBytes(weights)}, optimizer and gradients ${formatBytes(optimizer)}, batch ${formatBytes(batch)}`;
  const first = reading === undefined ? '' : `; ${formatBytes(reading)} while the checkpoint is read`;
  const each = ranks === undefined ? '' : `; each of ${ranks} ranks holds as much`;
  return `about ${formatBytes(total)} of ${whose}: ${parts}${first}${each}`;
}

/** The whole step, judged by its micro-batches so far. */
function secondsOf({ done, count, ms }: MicroProgress): number {
  return (ms / 1000 / done) * count;
}

/** Whether the step is a long one, which is known once its first micro-batch has been timed. */
function isLong(progress: MicroProgress): boolean {
  return progress.done === 1 && secondsOf(progress) > LONG_STEP_SECONDS;
}

function longStep(progress: MicroProgress): string {
  const { count } = progress;
  const whole = formatDuration(secondsOf(progress));
  return `a step is ${formatCount(count)} batches, about ${whole}; stopping drops the step that is under way`;
}

function microLine({ step, done, count, ms }: MicroProgress): string {
  const left = formatDuration((ms / 1000 / done) * (count - done));
  return `step ${formatCount(step)} · batch ${formatCount(done)}/${formatCount(count)} · ${left} left in this step`;
}

function liveLine(
  { report, totalSteps }: StepEvent,
  tokensPerSecond: number,
  secondsLeft: number,
  valLoss: string | undefined,
): string {
  const tokens = report.tokens / report.step;
  const left = Math.min(((totalSteps - report.step) * tokens) / tokensPerSecond, Math.max(0, secondsLeft));
  const parts = [
    `step ${formatCount(report.step)}/${formatCount(totalSteps)}`,
    `loss ${report.loss.toFixed(3)}`,
    ...(valLoss === undefined ? [] : [`val ${valLoss}`]),
    formatRate(tokensPerSecond, 'tokens'),
    `${formatDuration(left)} left`,
  ];
  return parts.join(' · ');
}

/** The loss, and what comes next of what the task measures. */
function describeEvaluation({
  entry: { step },
  figures: [loss, ...others],
  isBest,
}: Extract<RunEvent, { type: 'evaluation' }>): string {
  const beside = others.slice(0, 2).map(({ label, text }) => `${label} ${text}`);
  return `step ${formatCount(step)}: validation loss ${loss!.text} (${beside.join(', ')})${isBest && step > 0 ? ' · best' : ''}`;
}

function describeEnd(
  { ended, step, tokens, seconds, bestValLoss, best, last, dataWait, gpuIdle }: RunResult,
  out: string,
  atMost: string,
): string {
  const how = {
    budget: 'done',
    'early stop': 'stopped early: no new best for a while',
    interrupted: 'interrupted',
  }[ended];
  const taken = step === 0 && ended === 'budget' ? '' : ` after ${formatCount(step)} steps`;
  const saved = best === undefined || best === last ? last : `${last}; best: ${best}`;
  const quality =
    bestValLoss === undefined ? '' : ` · best validation loss ${atMost}${bestValLoss.toFixed(4)}`;
  const idle = gpuIdle === null ? '' : ` · the GPU was idle ${formatShare(gpuIdle)} of the time`;
  const waited = dataWait === null ? '' : ` · ${(100 * dataWait).toFixed(2)} % of it waiting for data`;
  return `${how}${taken}, ${formatCount(tokens)} tokens, ${formatDuration(seconds)}${waited}${quality}${idle}\nsaved ${out}/${saved}`;
}

/** Tokens a second over the steps since the warm-up. */
class RunningRate {
  #steps = 0;
  #seconds = 0;
  #tokens = 0;

  after({ report }: StepEvent): number {
    this.#steps++;
    if (this.#steps === WARM_UP_STEPS + 1) this.#seconds = this.#tokens = 0;
    this.#seconds += report.ms / 1000;
    this.#tokens += report.tokens / report.step;
    return this.#tokens / this.#seconds;
  }
}

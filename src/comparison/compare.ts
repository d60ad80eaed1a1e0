// Trains several architectures on the same tokens, measures them alike and writes report.md, report.json and loss.svg.
// Each is a run of its own in the folder, so a comparison that was stopped goes on when it is started again.
import { join } from 'node:path';
import { architectureNamed, COMPARED_ARCHS } from '../architectures/list.ts';
import { writeFileAtomic } from '../base/atomic-files.ts';
import { UsageError } from '../base/errors.ts';
import { formatCount, formatDuration } from '../base/format.ts';
import { prettyJson } from '../base/json.ts';
import type { Progress } from '../base/progress.ts';
import { type Dataset, openDataset } from '../data/dataset.ts';
import { floorOf } from '../evaluation/floor.ts';
import type { RunEvent, RunResult } from '../run/events.ts';
import { readLog } from '../run/log.ts';
import { type OpenedModel, openAnyModel } from '../run/open.ts';
import { hasRun, readRecord } from '../run/record.ts';
import { asInRun, type Engine, startRun } from '../run/start.ts';
import { collectSamples } from '../sampling/generate.ts';
import type { SettingSources } from '../settings/settings.ts';
import { tokensPerStep } from '../settings/training.ts';
import { taskOf } from '../tasks/list.ts';
import type { AnyLearning, Measures } from '../tasks/task.ts';
import { type Entrant, entrantsOf, type Match } from './match.ts';
import { asMarkdown, type ComparisonEntry, type ComparisonReport, chartOf } from './report.ts';
import { prepareStandardText, standardSettings } from './standard.ts';

export interface CompareOptions extends Engine {
  out: string;
  /** Prepared text; the built-in stories, prepared in `out`, if not given. */
  data?: string | undefined;
  /** COMPARED_ARCHS if not given. The first sets the number of parameters. */
  archs?: readonly string[] | undefined;
  /** How many tokens each is trained on, rounded up to whole steps; as many as the settings plan for if not given. */
  budgetTokens?: number | undefined;
  match?: Match | undefined;
  /** The preset is USUAL_PRESET if not given, for those that have one of that name. */
  settings?: Omit<SettingSources, 'arch'> | undefined;
  progress?: Progress | undefined;
  /** When it is aborted, the run under way is saved, then the signal's reason is thrown. */
  signal?: AbortSignal | undefined;
}

const SAMPLING = { temperature: 0.8, maxTokens: 200, seed: 1 };
const PICTURE = 'loss.svg';
const USUAL_PRESET = 'baby';

export async function compare(options: CompareOptions): Promise<ComparisonReport> {
  const { out, budgetTokens, archs = COMPARED_ARCHS, match = 'parameters' } = options;
  const data = options.data ?? join(out, 'data');
  if (options.data === undefined) await prepareStandardText(data, options.progress);
  const dataset = openDataset(data);
  try {
    const entrants = entrantsOf((arch) => sourcesFor(arch, options), {
      archs,
      sizesFor: (arch) => taskOf({ arch }).sizes(dataset.meta),
      match,
      budgetTokens,
    });
    const engine = await engineFor(entrants, options);
    const entries: ComparisonEntry[] = [];
    for (const entrant of entrants) entries.push(await enter(entrant, dataset, { ...options, ...engine }));
    const { onEqualTerms } = await taskOf(entrants[0]!).load();
    const report = await reportOf(entries, dataset, { match, equalTerms: onEqualTerms?.label }, out);
    await writeReport(out, report);
    return report;
  } finally {
    dataset.close();
  }
}

function sourcesFor(arch: string, { data, settings = {} }: CompareOptions): SettingSources {
  const { preset, file } = settings;
  const standard = data === undefined && preset === undefined ? standardSettings(arch) : undefined;
  const usual = Object.hasOwn(architectureNamed(arch).presets, USUAL_PRESET) ? USUAL_PRESET : undefined;
  return { ...settings, arch, preset: preset ?? usual, file: file ?? standard };
}

/** All architectures run on the same backend, also those that start after an interruption. */
async function engineFor(entrants: Entrant[], options: CompareOptions): Promise<Engine> {
  const started = entrants.map(({ arch }) => join(options.out, arch)).find(hasRun);
  return started === undefined ? {} : asInRun(started, options);
}

/** Trains one architecture, or goes on training it, and measures it. */
async function enter(entrant: Entrant, dataset: Dataset, options: CompareOptions): Promise<ComparisonEntry> {
  const { arch, settings, parameters } = entrant;
  const folder = join(options.out, arch);
  const { tokens, seconds } = await train(folder, entrant, dataset, options);
  const opened = await openAnyModel(folder);
  try {
    const task = await taskOf({ arch }).load();
    const terms = task.onEqualTerms;
    const measure = (settings?: object) => measured(task, opened, dataset, options, settings);
    const evaluation = await measure();
    return {
      arch,
      shape: architectureNamed(arch).describe(opened.model.config),
      checkpoint: opened.folder,
      settings,
      parameters,
      tokens,
      seconds,
      tokensPerSecond: medianSpeed(folder),
      evaluation,
      figures: task.figures(evaluation),
      conditions: task.conditions(evaluation),
      afresh: terms?.matters(opened.model) ? await measure(terms.options) : evaluation,
      curve: curveOf(folder, tokensPerStep(settings, { arch, context: settings.context })),
      sample: await sampleOf(task, opened, options.signal),
    };
  } finally {
    opened.model.dispose();
  }
}

async function train(
  out: string,
  { arch, settings, parameters }: Entrant,
  { folder }: Dataset,
  { backend, precision, threads, progress, signal }: CompareOptions,
): Promise<RunResult> {
  const resume = hasRun(out);
  progress?.note(`${arch}: ${formatCount(parameters)} parameters, width ${settings.width}, in ${out}`);
  const onEvent = (event: RunEvent) => progress?.live(`${arch}: ${describe(event)}`);
  const run = startRun(
    { out, data: folder, arch, flags: settings, resume },
    { backend, precision, threads },
    { onEvent, signal },
  );
  const result = await run.catch((error) => {
    if (!(resume && error instanceof UsageError)) throw error;
    throw new UsageError(
      error.message,
      'the same command goes on with a comparison; for another one, choose another --out',
    );
  });
  signal?.throwIfAborted();
  progress?.note(
    `${arch}: ${formatCount(result.tokens)} tokens in ${formatDuration(result.seconds)}, validation loss ${result.bestValLoss?.toFixed(4)}`,
  );
  return result;
}

function describe(event: RunEvent): string {
  switch (event.type) {
    case 'start':
      return `step ${event.step} of ${event.totalSteps}`;
    case 'step':
      return `step ${event.report.step} of ${event.totalSteps} · loss ${event.report.loss.toFixed(3)} · ${formatCount(event.tokensPerSecond)} tokens/s`;
    case 'micro-batch':
      return `step ${event.progress.step}: ${event.progress.done} of ${event.progress.count} batches`;
    case 'evaluation':
      return `validation loss ${event.entry.valLoss.toFixed(4)} after step ${event.entry.step}`;
    case 'checkpoint':
      return `saved ${event.name}`;
  }
}

function measured(
  task: AnyLearning,
  { model, tokenizer, folder }: OpenedModel,
  { val }: Dataset,
  { progress, signal }: CompareOptions,
  settings: object = {},
): Promise<Measures> {
  return task.measure(model, val, {
    ...settings,
    tokenizer,
    onProgress(done, total) {
      signal?.throwIfAborted();
      progress?.live(`measuring ${folder}: ${formatCount(done)} of ${formatCount(total)} tokens`);
    },
  });
}

/** Writes a sample that begins as a text begins. */
async function sampleOf(
  task: AnyLearning,
  { model, tokenizer }: OpenedModel,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (!task.write) return undefined;
  const [sample] = await collectSamples(task.write(model, tokenizer, '', SAMPLING, signal));
  return sample!.text;
}

function medianSpeed(folder: string): number {
  const speeds = readLog(folder).flatMap((entry) =>
    'tokensPerSecond' in entry ? [entry.tokensPerSecond] : [],
  );
  return speeds.sort((a, b) => a - b)[Math.floor(speeds.length / 2)]!;
}

function curveOf(folder: string, tokensOfStep: number): ComparisonEntry['curve'] {
  return readLog(folder).flatMap((entry) =>
    'valLoss' in entry ? [[entry.step * tokensOfStep, entry.valLoss]] : [],
  );
}

async function reportOf(
  entries: ComparisonEntry[],
  { folder, meta }: Dataset,
  how: Pick<ComparisonReport, 'match' | 'equalTerms'>,
  out: string,
): Promise<ComparisonReport> {
  const { backend, precision, machine } = await readRecord(join(out, entries[0]!.arch));
  const floor = floorOf(meta.splits.val);
  return {
    format: 1,
    created: new Date().toISOString(),
    data: { folder, ...meta },
    ...how,
    backend,
    precision,
    machine,
    ...(floor && { floor }),
    sampling: SAMPLING,
    entries,
  };
}

async function writeReport(out: string, report: ComparisonReport): Promise<void> {
  await writeFileAtomic(join(out, 'report.json'), prettyJson(report));
  await writeFileAtomic(join(out, PICTURE), chartOf(report));
  await writeFileAtomic(join(out, 'report.md'), asMarkdown(report, PICTURE));
}

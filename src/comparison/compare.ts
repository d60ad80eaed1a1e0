// Trains several architectures on the same text with the same budget, measures them alike and writes report.html, report.md
// and report.json. Each run has a folder of its own, so a comparison that was stopped goes on when it is started again.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parameterCount } from '../architectures/language-model.ts';
import { architectureNamed, COMPARED_ARCHS } from '../architectures/list.ts';
import { startBackend } from '../backends/index.ts';
import { writeFileAtomic } from '../base/atomic-files.ts';
import { formatCount, formatDuration } from '../base/format.ts';
import { prettyJson } from '../base/json.ts';
import { type Dataset, openDataset } from '../data/dataset.ts';
import { floorOf } from '../evaluation/floor.ts';
import { openAnyModel } from '../run/open.ts';
import { hasRun, readRecord } from '../run/record.ts';
import { asInRun, type Engine } from '../run/start.ts';
import { scaledRates } from '../settings/learning-rates.ts';
import { givenSettings, type SettingSources } from '../settings/settings.ts';
import { plannedSteps, tokensPerStep } from '../settings/training.ts';
import { taskOf } from '../tasks/list.ts';
import { loadTokenizer } from '../tokenizers/store.ts';
import { type Budget, flopsPerToken } from './budget.ts';
import { compressors } from './compressors.ts';
import type { ComparedRun, ComparisonEntry, ComparisonReport } from './findings.ts';
import { asMarkdown } from './markdown.ts';
import { type Entrant, entrantsOf, type Match, ownSources, type Size } from './match.ts';
import { measured, SAMPLING } from './measured.ts';
import { asHtml } from './page.ts';
import { withSteps } from './plan.ts';
import { scalingOf } from './scaling.ts';
import { methodOf, verdictOf } from './sentences.ts';
import { prepareStandardText, standardSettings } from './standard.ts';
import { sampleOf } from './statistics.ts';
import { bestOf, SWEEP_SHARE, sweepRates, type Tried } from './sweep.ts';
import { finish, speedOf, type TrialHooks } from './trial.ts';

export interface CompareOptions extends Engine, TrialHooks {
  out: string;
  /** Prepared text; the built-in stories, prepared in `out`, if not given. */
  data?: string | undefined;
  /** COMPARED_ARCHS if not given. The first sets the number of parameters. */
  archs?: readonly string[] | undefined;
  /** What each may use up; as many tokens as the first architecture's settings plan for, if not given. */
  budget?: Budget | undefined;
  match?: Match | undefined;
  /** Numbers of parameters: each architecture is trained in each. */
  sizes?: readonly Size[] | undefined;
  /** Each is trained from so many seeds, the settings' own and those after it. */
  seeds?: number | undefined;
  /** Finds each architecture's learning rate first. */
  sweep?: boolean | undefined;
  /** What every sample begins with. */
  prompt?: string | undefined;
  /** The preset is USUAL_PRESET if not given, for those that have one of that name. */
  settings?: Omit<SettingSources, 'arch'> | undefined;
}

/** What all trials of a comparison share. */
interface Lab {
  options: CompareOptions;
  engine: Engine;
  dataset: Dataset;
}

const USUAL_PRESET = 'baby';

export async function compare(options: CompareOptions): Promise<ComparisonReport> {
  const { out, seeds = 1 } = options;
  mkdirSync(out, { recursive: true });
  const data = options.data ?? join(out, 'data');
  if (options.data === undefined) await prepareStandardText(data, options.progress);
  const dataset = openDataset(data);
  try {
    const { entrants, budget } = await planned(options, dataset);
    const lab = { options, dataset, engine: await engineFor(entrants, options) };
    const entries: ComparisonEntry[] = [];
    for (const entrant of entrants) entries.push(await enter(entrant, seeds, lab));
    const report = await reportOf(entries, budget, lab);
    await writeReport(out, report);
    return report;
  } finally {
    dataset.close();
  }
}

async function planned(
  options: CompareOptions,
  dataset: Dataset,
): Promise<{ entrants: Entrant[]; budget: Budget }> {
  const { out, archs = COMPARED_ARCHS, match = 'parameters', sizes } = options;
  const entrants = entrantsOf((arch) => sourcesFor(arch, options), {
    archs,
    sizesFor: (arch) => taskOf({ arch }).sizes(dataset.meta),
    match,
    sizes,
  });
  const [first] = entrants;
  const sources = ownSources(sourcesFor(archs[0]!, options), archs);
  const given = givenSettings(sources).evalInterval === undefined ? undefined : first!.settings.evalInterval;
  const { settings, model } = first!;
  const budget = options.budget ?? { tokens: plannedSteps(settings, model) * tokensPerStep(settings, model) };
  if ('seconds' in budget) await startBackend(options.backend, options);
  return { entrants: await withSteps(entrants, budget, out, given), budget };
}

function sourcesFor(arch: string, { data, settings = {} }: CompareOptions): SettingSources {
  const { preset, file } = settings;
  const { optimizer } = { ...(file as object | undefined), ...settings.flags } as { optimizer?: unknown };
  const standard =
    data === undefined && preset === undefined ? scaledRates(standardSettings(arch), optimizer) : undefined;
  const usual = Object.hasOwn(architectureNamed(arch).presets, USUAL_PRESET) ? USUAL_PRESET : undefined;
  return { ...settings, arch, preset: preset ?? usual, file: file ?? standard };
}

/** All run on the same backend, also those that start after an interruption. */
async function engineFor(entrants: readonly Entrant[], options: CompareOptions): Promise<Engine> {
  const { backend, precision, threads, out } = options;
  const asked = { backend, precision, threads };
  const started = entrants.map(({ name }) => join(out, slug(name))).find(hasRun);
  return started === undefined ? asked : asInRun(started, asked);
}

/** Trains and measures one architecture in one size, from every seed. */
async function enter(entrant: Entrant, seeds: number, lab: Lab): Promise<ComparisonEntry> {
  const { name, arch, model } = entrant;
  const { progress } = lab.options;
  const { describe, isFitted } = architectureNamed(arch);
  progress?.note(
    `${name}: ${describe(model)}${isFitted ? '' : `, ${formatCount(entrant.parameters)} parameters`}`,
  );
  const sweep = lab.options.sweep && !isFitted ? await swept(entrant, lab) : undefined;
  const settings = sweep ? withRate(entrant.settings, bestOf(sweep).rate) : entrant.settings;
  if (sweep) progress?.note(`${name}: learning rate ${settings.learningRate}`);
  const runs: ComparedRun[] = [];
  let [memoryBytes, parameters]: [number | null, number] = [null, entrant.parameters];
  const last = settings.seed + (isFitted ? 1 : seeds); // a fitted one does not depend on it
  for (let seed = settings.seed; seed < last; seed++) {
    const suffix = seed === settings.seed ? '' : `-seed-${seed}`;
    const run = await trained(`${slug(name)}${suffix}`, { ...entrant, settings: { ...settings, seed } }, lab);
    runs.push(run.found);
    memoryBytes = run.memoryBytes ?? memoryBytes;
    parameters = run.parameters;
    const { tokens, seconds, evaluation } = run.found;
    progress?.note(
      `${name}${seeds > 1 ? `, seed ${seed}` : ''}: ${formatCount(tokens)} tokens in ${formatDuration(seconds)}, loss ${evaluation.loss.toFixed(4)}`,
    );
  }
  return {
    name,
    arch,
    shape: describe(model),
    settings,
    parameters,
    flopsPerToken: await flopsPerToken(model),
    memoryBytes,
    sweep,
    runs,
    loss: sampleOf(runs.map(({ evaluation }) => evaluation.loss)),
    afresh: sampleOf(runs.map(({ afresh }) => afresh.loss)),
  };
}

/** Tries learning rates on a share of the budget each. */
function swept(entrant: Entrant, { options, dataset, engine }: Lab): Promise<Tried[]> {
  const { name, arch, settings } = entrant;
  const maxSteps = Math.ceil(SWEEP_SHARE * settings.maxSteps);
  return sweepRates(settings.learningRate, async (rate) => {
    const folder = join(options.out, 'sweep', `${slug(name)}-${rate}`);
    const trial = {
      ...withRate(settings, rate),
      maxSteps,
      evalInterval: maxSteps,
      checkpointInterval: maxSteps,
    };
    const { result } = await finish(
      { title: `${name}, learning rate ${rate}`, folder, data: dataset.folder, arch, settings: trial },
      engine,
      options,
    );
    return result.valLoss ?? Number.NaN;
  });
}

/** The last rate of the schedule stays the same share of the highest. */
function withRate<S extends Entrant['settings']>(settings: S, learningRate: number): S {
  const minLearningRate = settings.minLearningRate * (learningRate / settings.learningRate);
  return { ...settings, learningRate, minLearningRate };
}

async function trained(
  name: string,
  { arch, settings, name: title }: Entrant,
  { options, dataset, engine }: Lab,
): Promise<{ found: ComparedRun; memoryBytes: number | null; parameters: number }> {
  const folder = join(options.out, name);
  const trial = { title, folder, data: dataset.folder, arch, settings };
  const { result, memoryBytes } = await finish(trial, engine, options);
  const opened = await openAnyModel(folder);
  try {
    const found = await measured(opened, folder, dataset, options);
    const { tokens, seconds } = result;
    return {
      found: {
        seed: settings.seed,
        tokens,
        seconds,
        tokensPerSecond: speedOf(folder) ?? tokens / seconds,
        ...found,
      },
      memoryBytes,
      parameters: parameterCount(opened.model),
    };
  } finally {
    opened.model.dispose();
  }
}

async function reportOf(
  entries: ComparisonEntry[],
  budget: Budget,
  { options, dataset }: Lab,
): Promise<ComparisonReport> {
  const { out, match = 'parameters', sizes, prompt = '' } = options;
  const { folder, meta } = dataset;
  const { backend, precision, machine } = await readRecord(join(out, slug(entries[0]!.name)));
  const { onEqualTerms, write } = await taskOf(entries[0]!).load();
  const floor = floorOf(meta.splits.val);
  options.progress?.live('compressing the text');
  return {
    format: 2,
    created: new Date().toISOString(),
    data: { folder, ...meta },
    match,
    budget,
    equalTerms: onEqualTerms?.label,
    backend,
    precision,
    machine,
    ...(floor && { floor }),
    ...(write && { sampling: { prompt, ...SAMPLING } }),
    entries,
    compressors: await compressors(dataset, await loadTokenizer(folder)),
    ...(sizes && { scaling: scalingOf(entries, floor?.loss) }),
  };
}

async function writeReport(out: string, report: ComparisonReport): Promise<void> {
  await writeFileAtomic(join(out, 'report.json'), prettyJson(report));
  await writeFileAtomic(join(out, 'report.md'), asMarkdown(report));
  await writeFileAtomic(join(out, 'report.html'), asHtml(report, verdictOf(report), methodOf(report)));
}

/** A name as that of a folder. */
function slug(name: string): string {
  return name.replaceAll(' ', '-');
}

// Trains several architectures on the same text with the same budget, measures them alike and writes report.html, report.md
// and report.json. Each run has a folder of its own, so a comparison that was stopped goes on when it is started again.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ARCHS, architectureNamed } from '../architectures/list.ts';
import { startBackend } from '../backends/index.ts';
import type { Progress } from '../base/progress.ts';
import { openDataset, type TextDataset } from '../data/dataset.ts';
import { hasRun } from '../run/record.ts';
import { asInRun, type Engine } from '../run/start.ts';
import { scaledRates } from '../settings/learning-rates.ts';
import { givenSettings, type SettingSources } from '../settings/settings.ts';
import { plannedSteps, tokensPerStep } from '../settings/training.ts';
import { taskOf } from '../tasks/list.ts';
import { Board } from './board.ts';
import type { Budget } from './budget.ts';
import { enter, slug } from './entry.ts';
import type { ComparisonEntry, ComparisonReport } from './findings.ts';
import { type Entrant, entrantsOf, type Match, ownSources, type Size } from './match.ts';
import { withSteps } from './plan.ts';
import { reportOf, writeReport } from './report.ts';
import { prepareStandardText, standardSettings } from './standard.ts';

export interface CompareOptions extends Engine {
  out: string;
  /** Prepared text; the built-in stories, prepared in `out`, if not given. */
  data?: string | undefined;
  /** All if not given. The first sets the number of parameters. */
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
  progress?: Progress | undefined;
  /** When it is aborted, the run is saved, then the signal's reason is thrown. */
  signal?: AbortSignal | undefined;
}

const USUAL_PRESET = 'baby';

export async function compare(options: CompareOptions): Promise<ComparisonReport> {
  const {
    out,
    match = 'parameters',
    sizes,
    seeds = 1,
    sweep = false,
    prompt = '',
    progress,
    signal,
  } = options;
  mkdirSync(out, { recursive: true });
  const data = options.data ?? join(out, 'data');
  if (options.data === undefined) await prepareStandardText(data, progress);
  const dataset = openDataset(data, 'tokens');
  try {
    const { entrants, budget } = await planned({ ...options, match }, dataset);
    const engine = await engineFor(entrants, options);
    const board = new Board(
      entrants.map(({ name }) => name),
      progress,
    );
    const lab = { out, dataset, engine, seeds, sweep, prompt, board, signal };
    const entries: ComparisonEntry[] = [];
    for (const entrant of entrants) entries.push(await enter(entrant, lab));
    const report = await reportOf(entries, budget, { match, sizes }, lab);
    await writeReport(out, report);
    return report;
  } finally {
    dataset.close();
  }
}

async function planned(
  options: CompareOptions & { match: Match },
  dataset: TextDataset,
): Promise<{ entrants: Entrant[]; budget: Budget }> {
  const { out, archs = ARCHS, match, sizes } = options;
  const sourcesFor = await sourcesOf(options);
  const entrants = entrantsOf(sourcesFor, {
    archs,
    sizesFor: (arch) => taskOf({ arch }).sizes(dataset.meta),
    match,
    sizes,
  });
  const [first] = entrants;
  const sources = ownSources(sourcesFor(archs[0]!), archs);
  const given = givenSettings(sources).evalInterval === undefined ? undefined : first!.settings.evalInterval;
  const { settings, model } = first!;
  const budget = options.budget ?? { tokens: plannedSteps(settings, model) * tokensPerStep(settings, model) };
  if ('seconds' in budget) await startBackend(options.backend, options);
  return { entrants: await withSteps(entrants, budget, out, given), budget };
}

async function sourcesOf(options: CompareOptions): Promise<(arch: string) => SettingSources> {
  const { preset, file, flags } = options.settings ?? {};
  const isStandard = options.data === undefined && preset === undefined;
  const backend = isStandard ? (await startBackend(options.backend, options)).name : undefined;
  const { optimizer } = { ...(file as object | undefined), ...flags } as { optimizer?: unknown };
  return (arch) => {
    const standard = backend && scaledRates(standardSettings(arch, backend), optimizer);
    const usual = Object.hasOwn(architectureNamed(arch).presets, USUAL_PRESET) ? USUAL_PRESET : undefined;
    return { ...options.settings, arch, preset: preset ?? usual, file: file ?? standard };
  };
}

/** All run on the same backend, also those that start after an interruption. */
async function engineFor(entrants: readonly Entrant[], options: CompareOptions): Promise<Engine> {
  const { backend, precision, threads, out } = options;
  const asked = { backend, precision, threads };
  const started = entrants.map(({ name }) => join(out, slug(name))).find(hasRun);
  return started === undefined ? asked : asInRun(started, asked);
}

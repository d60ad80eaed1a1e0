// Trains several architectures on the same text with the same budget, measures them alike and writes report.html, report.md
// and report.json. Each run has a folder of its own, so a comparison that was stopped goes on when it is started again.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { architectureNamed, architectureOf, DEFAULT_ARCH } from '../architectures/list.ts';
import { startBackend } from '../backends/index.ts';
import { UsageError, unexpected } from '../base/errors.ts';
import type { Progress } from '../base/progress.ts';
import { type Dataset, openDataset } from '../data/dataset.ts';
import { hasRun } from '../run/record.ts';
import { asInRun, type Engine } from '../run/start.ts';
import { scaledRates } from '../settings/learning-rates.ts';
import { givenSettings, type SettingSources } from '../settings/settings.ts';
import { learnersFrom, taskOf } from '../tasks/list.ts';
import { loadTokenizer } from '../tokenizers/store.ts';
import { Board } from './board.ts';
import { type Budget, plannedTokens } from './budget.ts';
import { enter, slug } from './entry.ts';
import type { ComparisonEntry, ComparisonReport } from './findings.ts';
import { type Contestant, type Entrant, entrantsOf, type Match, ownSources, type Size } from './match.ts';
import { withSteps } from './plan.ts';
import { reportOf, writeReport } from './report.ts';
import { prepareStandardText, standardSettings } from './standard.ts';

export interface CompareOptions extends Engine {
  out: string;
  /** Prepared text; the built-in stories, prepared in `out`, if not given. */
  data?: string | undefined;
  /**
   * "gpt", or with settings of its own "gpt:layers=2"; all that learn alike from such data if not given. The first sets the
   * number of parameters.
   */
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
  /** What every sample begins with, or is made from; a source of the validation split if it must be one and is not given. */
  prompt?: string | undefined;
  /** The preset is USUAL_PRESET if not given, for those that have one of that name. */
  settings?: Omit<SettingSources, 'arch'> | undefined;
  progress?: Progress | undefined;
  /** When it is aborted, the run is saved, then the signal's reason is thrown. */
  signal?: AbortSignal | undefined;
}

const USUAL_PRESET = 'baby';

export async function compare(options: CompareOptions): Promise<ComparisonReport> {
  const { out, match = 'parameters', sizes, seeds = 1, sweep = false, progress, signal } = options;
  mkdirSync(out, { recursive: true });
  const data = options.data ?? join(out, 'data');
  if (options.data === undefined) await prepareStandardText(data, progress);
  const dataset = openDataset(data);
  try {
    const { entrants, budget } = await planned({ ...options, match }, dataset);
    const engine = await engineFor(entrants, options);
    const board = new Board(
      entrants.map(({ name }) => name),
      progress,
    );
    const prompt = options.prompt ?? (await exampleOf(entrants[0]!, dataset));
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
  dataset: Dataset,
): Promise<{ entrants: Entrant[]; budget: Budget }> {
  const { out, archs = learnersFrom(dataset.meta.kind), match, sizes } = options;
  if (dataset.meta.kind === 'chat')
    throw new UsageError(
      `compare takes texts or pairs, but ${dataset.folder} holds conversations`,
      'train each model, and measure it: tsgpt eval <run>',
    );
  const sourcesFor = await sourcesOf(options);
  const contestants = archs.map((name) => ({ name, sources: sourcesFor(name) }));
  refuseOtherTasks(contestants, dataset);
  const entrants = entrantsOf(contestants, {
    sizesFor: (arch) => taskOf({ arch }).sizes(dataset.meta),
    match,
    sizes,
  });
  const [first] = entrants;
  const [sources] = ownSources(contestants) as [SettingSources];
  const evalInterval =
    givenSettings(sources).evalInterval === undefined ? undefined : first!.settings.evalInterval;
  const { train } = dataset;
  const learner = entrants.find(({ model }) => !architectureOf(model).isFitted);
  const budget = options.budget ?? { tokens: learner ? await plannedTokens(learner, train) : 1 };
  if ('seconds' in budget) await startBackend(options.backend, options);
  return { entrants: await withSteps(entrants, budget, out, { evalInterval, train }), budget };
}

function refuseOtherTasks(contestants: readonly Contestant[], { folder, meta }: Dataset): void {
  const [first, ...others] = contestants.map(({ sources }) => taskOf(sources));
  const other = others.find((task) => task !== first);
  if (other) throw new UsageError(`${first!.name} and ${other.name} have losses that cannot be compared`);
  if (first && first.data !== meta.kind)
    throw new UsageError(
      `expected a folder of ${first.data} to learn ${first.name} from, but ${folder} holds ${meta.kind}`,
    );
}

async function exampleOf({ model }: Entrant, { val, folder }: Dataset): Promise<string> {
  const { example } = await taskOf(model).load();
  return example ? example(val, await loadTokenizer(folder)) : '';
}

/** "gpt:layers=2:width=64" is an architecture and settings that only this one has. */
function variantOf(name: string): { arch: string; own: Record<string, string> } {
  const [arch = '', ...settings] = name.split(':');
  const pairs = settings.map((setting) => {
    const [key = '', value] = setting.split('=');
    if (value === undefined) throw unexpected('--archs', `settings as in ${DEFAULT_ARCH}:layers=2`, name);
    return [key, value] as const;
  });
  return { arch: architectureNamed(arch).name, own: Object.fromEntries(pairs) };
}

async function sourcesOf(options: CompareOptions): Promise<(name: string) => SettingSources> {
  const { preset, file, flags } = options.settings ?? {};
  const isStandard = options.data === undefined && preset === undefined;
  const backend = isStandard ? (await startBackend(options.backend, options)).name : undefined;
  const { optimizer } = { ...(file as object | undefined), ...flags } as { optimizer?: unknown };
  return (name) => {
    const { arch, own } = variantOf(name);
    const standard = backend && scaledRates(standardSettings(arch, backend), optimizer);
    const usual = Object.hasOwn(architectureNamed(arch).presets, USUAL_PRESET) ? USUAL_PRESET : undefined;
    return {
      ...options.settings,
      arch,
      preset: preset ?? usual,
      file: file ?? standard,
      flags: { ...flags, ...own },
    };
  };
}

/** All run on the same backend, also those that start after an interruption. */
async function engineFor(entrants: readonly Entrant[], options: CompareOptions): Promise<Engine> {
  const { backend, precision, threads, out } = options;
  const asked = { backend, precision, threads };
  const started = entrants.map(({ name }) => join(out, slug(name))).find(hasRun);
  return started === undefined ? asked : asInRun(started, asked);
}

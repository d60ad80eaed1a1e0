// What each architecture of a comparison gets: its settings, with the text it reads the same for all,
// and the width that makes its parameters as many as the first one's.

import { countParameters } from '../architectures/count.ts';
import { architectureNamed, COMPARED_ARCHS } from '../architectures/list.ts';
import { UsageError } from '../base/errors.ts';
import {
  givenSettings,
  modelOf,
  resolveSettings,
  type SettingSources,
  type Settings,
} from '../settings/settings.ts';
import { plannedSteps, tokensPerStep } from '../settings/training.ts';
import type { DataSizes } from '../tasks/task.ts';

export type Match = 'parameters' | 'none';

export interface Entrant {
  arch: string;
  settings: Settings;
  parameters: number;
}

export interface EntrantOptions {
  archs: readonly string[];
  /** Sizes that the text gives a model of this architecture. */
  sizesFor: (arch: string) => DataSizes;
  match: Match;
  /** Tokens to train on, rounded up to whole steps; as many as the settings plan for if not given. */
  budgetTokens?: number | undefined;
}

type Wish = Omit<Entrant, 'parameters'>;
type SizesFor = EntrantOptions['sizesFor'];

/** How many points a curve has, unless the user says how often to evaluate. */
const EVALUATIONS = 20;
/** These decide which tokens are read and when the loss is measured: all take the first architecture's. */
const COMMON = ['context', 'batchSize', 'totalBatchTokens', 'seed', 'evalTokens'] as const;

/** `sourcesFor` gives what the user and the presets say for an architecture. */
export function entrantsOf(
  sourcesFor: (arch: string) => SettingSources,
  { archs, sizesFor, match, budgetTokens }: EntrantOptions,
): Entrant[] {
  checkArchs(archs);
  const sources = archs.map((arch) => ownSources(sourcesFor(arch), archs));
  const settings = sources.map(resolveSettings);
  checkBudget(settings, sources[0]!, budgetTokens);
  const common = commonSettings(settings[0]!, sources[0]!, budgetTokens);
  const wishes = settings.map((own, i) => ({ arch: archs[i]!, settings: { ...own, ...common } }));
  const first = entrant(wishes[0]!, sizesFor);
  const others = wishes.slice(1).map((wish) => {
    return match === 'none' ? entrant(wish, sizesFor) : matched(wish, first.parameters, sizesFor);
  });
  return [first, ...others];
}

/** A setting that the user gives for all goes to those architectures that have it. */
function ownSources(sources: SettingSources, archs: readonly string[]): SettingSources {
  const { settings: own } = architectureNamed(sources.arch);
  const isOthers = (name: string) =>
    !(name in own) && archs.some((arch) => name in architectureNamed(arch).settings);
  const owned = (values: object) =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !isOthers(name)));
  const { file, flags = {} } = sources;
  const isPlain = typeof file === 'object' && file !== null && !Array.isArray(file);
  return { ...sources, file: isPlain ? owned(file) : file, flags: owned(flags) };
}

function entrant(wish: Wish, sizesFor: SizesFor): Entrant {
  const { arch, settings } = wish;
  return { ...wish, parameters: countParameters(modelOf(settings, arch, sizesFor(arch))) };
}

function checkArchs(archs: readonly string[]): void {
  if (archs.length > 0 && new Set(archs).size === archs.length) return;
  throw new UsageError(
    `expected different architectures to compare, but got ${archs.join(',') || 'none'}`,
    `for example --archs ${COMPARED_ARCHS.join(',')}`,
  );
}

function checkBudget(
  settings: Settings[],
  { flags = {} }: SettingSources,
  budgetTokens: number | undefined,
): void {
  if (settings.some(({ maxSeconds, earlyStop }) => maxSeconds !== undefined || earlyStop > 0)) {
    throw new UsageError(
      'maxSeconds and earlyStop have no place in a comparison: every architecture reads the same tokens',
      'say how many: --budget-tokens N',
    );
  }
  const rival = (['maxSteps', 'maxTokens'] as const).find((name) => flags[name] !== undefined);
  if (budgetTokens !== undefined && rival !== undefined) {
    throw new UsageError(`${rival} and the budget both say how long to train`, 'leave one of them out');
  }
}

function commonSettings(
  first: Settings,
  sources: SettingSources,
  budgetTokens: number | undefined,
): Partial<Settings> {
  const given = givenSettings(sources);
  const learner = { arch: sources.arch, context: first.context };
  const maxSteps =
    budgetTokens === undefined
      ? plannedSteps(first, learner)
      : Math.ceil(budgetTokens / tokensPerStep(first, learner));
  return {
    ...Object.fromEntries(COMMON.map((name) => [name, first[name]])),
    maxSteps,
    maxTokens: undefined, // said by maxSteps now
    evalInterval: given.evalInterval === undefined ? Math.ceil(maxSteps / EVALUATIONS) : first.evalInterval,
  };
}

/** The width whose parameter count is nearest to `target`: counts only grow with the width. */
function matched(wish: Wish, target: number, sizesFor: SizesFor): Entrant {
  const grain = architectureNamed(wish.arch).widthGrain?.(wish.settings);
  if (grain === undefined) return entrant(wish, sizesFor);
  const at = (width: number) => entrant({ ...wish, settings: { ...wish.settings, width } }, sizesFor);
  let width = grain;
  for (let below = at(width); ; width += grain) {
    const next = at(width + grain);
    if (next.parameters >= target) return target - below.parameters < next.parameters - target ? below : next;
    below = next;
  }
}

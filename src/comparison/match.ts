// What takes part in a comparison: each architecture in each size, with the text it reads the same for all, and the width that
// gives it as many parameters as the first, or as the size says.
import type { ModelConfig } from '../architectures/config.ts';
import { countParameters } from '../architectures/count.ts';
import { ARCHS, architectureNamed } from '../architectures/list.ts';
import { UsageError } from '../base/errors.ts';
import { modelOf, resolveSettings, type SettingSources, type Settings } from '../settings/settings.ts';
import type { DataSizes } from '../tasks/task.ts';

export type Match = 'parameters' | 'none';

/** One that is to be compared: an architecture, with settings of its own. */
export interface Contestant {
  /** As the user names it: "gpt", "gpt:layers=2". */
  name: string;
  sources: SettingSources;
}

export interface Entrant {
  /** "gpt", "gpt:layers=2", or "gpt 0.3M" where there are several sizes. */
  name: string;
  arch: string;
  settings: Settings;
  model: ModelConfig;
  parameters: number;
}

export interface EntrantOptions {
  /** Sizes that the text gives a model of this architecture. */
  sizesFor: (arch: string) => DataSizes;
  match: Match;
  /** Numbers of parameters, as "0.3M"; if there are none, the first architecture's settings decide. */
  sizes?: readonly Size[] | undefined;
}

export interface Size {
  label: string;
  parameters: number;
}

type Wish = Pick<Entrant, 'name' | 'arch' | 'settings'>;
type SizesFor = EntrantOptions['sizesFor'];

/** These decide which tokens are read and when the loss is measured: all take the first architecture's. */
const COMMON = ['context', 'batchSize', 'totalBatchTokens', 'seed', 'evalTokens'] as const;

/** The first sets what the others have the same of. */
export function entrantsOf(
  contestants: readonly Contestant[],
  { sizesFor, match, sizes }: EntrantOptions,
): Entrant[] {
  checkNames(contestants.map(({ name }) => name));
  const settings = ownSources(contestants).map(resolveSettings);
  checkEnds(settings);
  const common = Object.fromEntries(COMMON.map((name) => [name, settings[0]![name]]));
  const wishes = settings.map((own, i) => ({
    name: contestants[i]!.name,
    arch: contestants[i]!.sources.arch,
    settings: { ...own, ...common } as Settings,
  }));
  if (sizes) {
    const [fitted, trained] = [true, false].map((wanted) =>
      wishes.filter(({ arch }) => (architectureNamed(arch).isFitted ?? false) === wanted),
    ) as [Wish[], Wish[]];
    if (trained.length === 0)
      throw new UsageError('expected an architecture that has sizes beside --sizes', 'leave it out');
    const ladder = sizes.flatMap((size) => ofSize(size, trained, sizesFor));
    return [...ladder, ...fitted.map((wish) => entrant(wish, sizesFor))];
  }
  const first = entrant(wishes.find(({ arch }) => !architectureNamed(arch).isFitted) ?? wishes[0]!, sizesFor);
  return wishes.map((wish) => {
    if (wish.name === first.name) return first;
    return match === 'none' ? entrant(wish, sizesFor) : matched(wish, first.parameters, sizesFor);
  });
}

/** The architecture whose widths are the coarsest comes near to the size, and the others to it: so they differ least. */
function ofSize({ label, parameters }: Size, wishes: readonly Wish[], sizesFor: SizesFor): Entrant[] {
  const grainOf = ({ arch, settings }: Wish) => architectureNamed(arch).widthGrain?.(settings) ?? 0;
  const coarsest = wishes.reduce((a, b) => (grainOf(b) > grainOf(a) ? b : a));
  const target = matched(coarsest, parameters, sizesFor).parameters;
  return wishes.map((wish) => matched({ ...wish, name: `${wish.name} ${label}` }, target, sizesFor));
}

/** A setting that the user gives for all goes to those architectures that have it. */
export function ownSources(contestants: readonly Contestant[]): SettingSources[] {
  const all = contestants.map(({ sources }) => architectureNamed(sources.arch).settings);
  return contestants.map(({ sources }) => {
    const { settings: own } = architectureNamed(sources.arch);
    const isOthers = (name: string) => !(name in own) && all.some((settings) => name in settings);
    const owned = (values: object) =>
      Object.fromEntries(Object.entries(values).filter(([name]) => !isOthers(name)));
    const { file, flags = {} } = sources;
    const isPlain = typeof file === 'object' && file !== null && !Array.isArray(file);
    return { ...sources, file: isPlain ? owned(file) : file, flags: owned(flags) };
  });
}

function entrant(wish: Wish, sizesFor: SizesFor): Entrant {
  const { arch, settings } = wish;
  const model = modelOf(settings, arch, sizesFor(arch));
  return { ...wish, model, parameters: countParameters(model) };
}

function checkNames(names: readonly string[]): void {
  if (names.length > 0 && new Set(names).size === names.length) return;
  throw new UsageError(
    `expected different architectures to compare, but got ${names.join(',') || 'none'}`,
    `for example --archs ${ARCHS.join(',')}`,
  );
}

function checkEnds(settings: readonly Settings[]): void {
  if (!settings.some(({ maxSeconds, earlyStop }) => maxSeconds !== undefined || earlyStop > 0)) return;
  throw new UsageError(
    'maxSeconds and earlyStop have no place in a comparison, which says itself when each is to end',
    'give all the same of something: --budget-tokens, --budget-flops or --budget-seconds',
  );
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

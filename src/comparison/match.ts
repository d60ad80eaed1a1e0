// What each architecture of a comparison gets: its settings, with the text it reads the same for all,
// and the width that makes its parameters as many as the first one's.
import { UsageError } from '../base/errors.ts';
import type { Arch, ModelConfig } from '../config/model.ts';
import {
  givenSettings,
  modelOf,
  resolveSettings,
  type SettingSources,
  type Settings,
} from '../config/settings.ts';
import { plannedSteps, tokensPerStep } from '../config/training.ts';

export type Match = 'parameters' | 'none';

export interface Entrant {
  arch: Arch;
  settings: Settings;
  parameters: number;
}

export interface EntrantOptions {
  archs: readonly Arch[];
  vocabSize: number;
  match: Match;
  /** Tokens to train on, rounded up to whole steps; as many as the settings plan for if not given. */
  budgetTokens?: number | undefined;
}

type Wish = Omit<Entrant, 'parameters'>;

/** How often a curve has a point, unless the user says. */
const EVALUATIONS = 20;
/** These decide which tokens are read and when the loss is measured: all take the first architecture's. */
const COMMON = ['context', 'batchSize', 'totalBatchTokens', 'seed', 'evalTokens'] as const;

/** `sourcesFor`: what the user and the presets say for an architecture. */
export function entrantsOf(
  sourcesFor: (arch: Arch) => SettingSources,
  { archs, vocabSize, match, budgetTokens }: EntrantOptions,
): Entrant[] {
  checkArchs(archs);
  const sources = archs.map(sourcesFor);
  const settings = sources.map(resolveSettings);
  checkBudget(settings, sources[0]!, budgetTokens);
  const common = commonSettings(settings[0]!, sources[0]!, budgetTokens);
  const wishes = settings.map((own, i) => ({ arch: archs[i]!, settings: { ...own, ...common } }));
  const first = entrant(wishes[0]!, vocabSize);
  const others = wishes.slice(1).map((wish) => {
    return match === 'none' ? entrant(wish, vocabSize) : matched(wish, first.parameters, vocabSize);
  });
  return [first, ...others];
}

function entrant(wish: Wish, vocabSize: number): Entrant {
  return { ...wish, parameters: countParameters(modelOf(wish.settings, wish.arch, vocabSize)) };
}

function checkArchs(archs: readonly Arch[]): void {
  if (archs.length > 0 && new Set(archs).size === archs.length) return;
  throw new UsageError(
    `expected different architectures to compare, but got ${archs.join(',') || 'none'}`,
    'for example --archs gpt,lstm',
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
  const maxSteps =
    budgetTokens === undefined
      ? plannedSteps(first, first.context)
      : Math.ceil(budgetTokens / tokensPerStep(first, first.context));
  return {
    ...Object.fromEntries(COMMON.map((name) => [name, first[name]])),
    maxSteps,
    maxTokens: undefined, // said by maxSteps now
    evalInterval: given.evalInterval === undefined ? Math.ceil(maxSteps / EVALUATIONS) : first.evalInterval,
  };
}

/** The width whose parameter count is nearest to `target`: counts only grow with the width. */
function matched({ arch, settings }: Wish, target: number, vocabSize: number): Entrant {
  const grain = arch === 'gpt' ? settings.heads : 1;
  const at = (width: number) => entrant({ arch, settings: { ...settings, width } }, vocabSize);
  let below = at(grain);
  for (;;) {
    const next = at(below.settings.width + grain);
    if (next.parameters >= target) {
      return target - below.parameters < next.parameters - target ? below : next;
    }
    below = next;
  }
}

/** As many as the model that createModel makes of it has, without making it. */
export function countParameters(config: ModelConfig): number {
  const { vocabSize: V, context: T, layers: L, width: C } = config;
  switch (config.arch) {
    case 'gpt':
      // two embeddings; in a block two norms (4C), attention (4C² + 4C) and MLP (8C² + 5C); the last norm
      return V * C + T * C + L * (12 * C * C + 13 * C) + 2 * C;
    case 'lstm':
      // embedding; in a layer two matrices and a bias for four gates; the output layer
      return V * C + L * (8 * C * C + 4 * C) + (config.tiedHead ? 0 : V * C) + V;
  }
}

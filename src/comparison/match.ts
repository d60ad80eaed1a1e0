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
  trainingOf,
} from '../config/settings.ts';
import { accumulationOf, plannedSteps } from '../config/training.ts';

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

type Sources = Omit<SettingSources, 'arch'>;

/** How often a curve has a point, unless the user says. */
const EVALUATIONS = 20;
/** These decide which tokens are read and when the loss is measured: all take the first architecture's. */
const COMMON = ['context', 'batchSize', 'totalBatchTokens', 'seed', 'evalTokens'] as const;
/** These would let one architecture read more than another. */
const BUDGETS = ['maxSteps', 'maxTokens', 'maxSeconds', 'earlyStop'] as const;

export function entrantsOf(sources: Sources, options: EntrantOptions): Entrant[] {
  const { archs, vocabSize, match } = options;
  refuse(sources, archs);
  const settings = archs.map((arch) => resolveSettings({ ...sources, arch }));
  const common = commonSettings(settings[0]!, sources, options);
  const entrants = archs.map((arch, i) => {
    const own: Settings = { ...settings[i]!, ...common };
    return { arch, settings: own, parameters: countParameters(modelOf(own, arch, vocabSize)) };
  });
  if (match === 'none') return entrants;
  const [first, ...others] = entrants;
  return [first!, ...others.map((other) => matched(other, first!.parameters, vocabSize))];
}

function refuse(sources: Sources, archs: readonly Arch[]): void {
  if (archs.length === 0 || new Set(archs).size < archs.length) {
    throw new UsageError(
      `expected different architectures to compare, but got ${archs.join(',') || 'none'}`,
      'for example --archs gpt,lstm',
    );
  }
  const given = givenSettings({ ...sources, preset: undefined, arch: archs[0]! });
  const budget = BUDGETS.find((name) => given[name] !== undefined);
  if (budget !== undefined) {
    throw new UsageError(
      `${budget} has no place in a comparison: every architecture reads the same tokens`,
      'give their number: --budget-tokens N',
    );
  }
}

function commonSettings(first: Settings, sources: Sources, options: EntrantOptions): Partial<Settings> {
  const given = givenSettings({ ...sources, arch: options.archs[0]! });
  const tokensPerStep = tokensPerStepOf(first);
  const { budgetTokens } = options;
  const maxSteps =
    budgetTokens === undefined
      ? plannedSteps(trainingOf(first), tokensPerStep)
      : Math.ceil(budgetTokens / tokensPerStep);
  return {
    ...Object.fromEntries(COMMON.map((name) => [name, first[name]])),
    maxSteps,
    evalInterval: given.evalInterval === undefined ? Math.ceil(maxSteps / EVALUATIONS) : first.evalInterval,
    // A short budget must not be all warm-up.
    warmupSteps:
      given.warmupSteps === undefined
        ? Math.min(first.warmupSteps, Math.ceil(maxSteps / 10))
        : first.warmupSteps,
  };
}

export function tokensPerStepOf(settings: Settings): number {
  const { batchSize, context } = settings;
  return accumulationOf(trainingOf(settings), context) * batchSize * context;
}

/** The width whose parameter count is nearest to `target`: counts only grow with the width. */
function matched(entrant: Entrant, target: number, vocabSize: number): Entrant {
  const { arch, settings } = entrant;
  const grain = arch === 'gpt' ? settings.heads : 1;
  const at = (width: number): Entrant => {
    const wide = { ...settings, width };
    return { arch, settings: wide, parameters: countParameters(modelOf(wide, arch, vocabSize)) };
  };
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

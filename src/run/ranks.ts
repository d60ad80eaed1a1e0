// A run that several ranks train together: they must be alike, each knows what the others have come to, and one of them writes.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { ModelConfig } from '../architectures/config.ts';
import { architectureOf } from '../architectures/list.ts';
import { memoryOf } from '../backends/index.ts';
import { TsgptError, UsageError } from '../base/errors.ts';
import { type Collective, gatherTexts } from '../collectives/collective.ts';
import { nameOfRank } from '../collectives/launch.ts';
import { optimizerNamed } from '../optimizers/list.ts';
import type { Parameters } from '../optimizers/optimizer.ts';
import type { Settings } from '../settings/settings.ts';
import { accumulationOf, tokensPerBatch, tokensPerStep } from '../settings/training.ts';
import { createOptimizer, rolesOf } from '../training/create-optimizer.ts';
import { Ranked } from '../training/ranked.ts';
import type { RunHooks } from './events.ts';
import { thisMachine } from './record.ts';
import type { Plan, Sharing } from './request.ts';

export class Together {
  readonly ranks: Collective;
  readonly hosts: readonly string[];
  /** How many ranks share this one's processor cores, itself among them. */
  readonly sharers: number;
  /** Aborted on all ranks after the same step, if on one of them the user's is. */
  readonly signal: AbortSignal;
  readonly #asked: AbortSignal | undefined;
  readonly #controller = new AbortController();

  private constructor(
    ranks: Collective,
    hosts: readonly string[],
    sharers: number,
    asked: AbortSignal | undefined,
  ) {
    this.ranks = ranks;
    this.hosts = hosts;
    this.sharers = sharers;
    this.#asked = asked;
    this.signal = this.#controller.signal;
  }

  static async of(ranks: Collective, { signal }: RunHooks): Promise<Together> {
    const places = await gatherTexts(ranks, JSON.stringify([hostname(), coresAllowed()]));
    const hosts = places.map((place) => String(JSON.parse(place)[0]));
    const sharers = places.filter((place) => place === places[ranks.rank]).length;
    return new Together(ranks, hosts, sharers, signal);
  }

  get onThisHost(): number {
    return this.hosts.filter((host) => host === this.hosts[this.ranks.rank]).length;
  }

  get sharing(): Sharing {
    return { ranks: this.ranks.size, onThisHost: this.onThisHost };
  }

  get isFirst(): boolean {
    return this.ranks.rank === 0;
  }

  /** Refuses ranks that would not compute the same run, or have nothing to do. */
  async check(plan: Plan): Promise<void> {
    const all = await gatherTexts(this.ranks, JSON.stringify(factsOf(plan)));
    const [first, ...others] = all.map((text): Facts => JSON.parse(text));
    for (const [i, facts] of others.entries()) {
      for (const [what, value] of Object.entries(first!)) {
        if (facts[what] === value) continue;
        const [those, these] = [i + 1, 0].map((rank) => nameOfRank(rank, this.hosts[rank]));
        throw new TsgptError(
          `${those} has another ${what} than ${these}: ${facts[what] ?? 'none'}, not ${value}`,
          'all ranks must be alike, or the bits of the result would depend on which of them computed what',
        );
      }
    }
    refuseIdle(this.ranks.size, plan.record.settings, plan.model);
  }

  optimizer(trained: Parameters, config: ModelConfig, settings: Settings): Promise<Ranked> {
    const roleOf = rolesOf(config);
    const { needsWhole } = optimizerNamed(settings.optimizer);
    const options = {
      needsWhole: (name: string) => needsWhole?.(roleOf(name)) ?? false,
      asBf16: settings.wire === 'bf16',
      memoryOf,
      isAsked: () => this.#asked?.aborted ?? false,
      stop: () => this.#controller.abort(),
    };
    return Ranked.of(this.ranks, trained, options, (parts) => createOptimizer(parts, config, settings));
  }
}

type Facts = Partial<Record<string, string>>;

/** What must be the same on all ranks, by what it is called. */
function factsOf({ record, from, weights }: Plan): Facts {
  const { data, settings, backend, precision, versions, arch, init } = record;
  const { node, platform, cpu } = thisMachine();
  const facts = {
    'version of tsgpt': versions.tsgpt,
    'version of tfjs': versions.tfjs,
    'version of Node': node,
    platform,
    processor: cpu,
    backend: `${backend.name} (${backend.detail.replace(/, \d+ threads?$/, '')})`,
    precision,
    architecture: arch,
    'training data (SHA-256)': data.train,
    'validation data (SHA-256)': data.val,
    'checkpoint to begin with (SHA-256)': init?.sha256 ?? 'none',
    'checkpoint to go on from': from ?? 'none',
    'state to go on from': JSON.stringify(from === undefined ? {} : weights?.state),
  };
  const ofSettings = Object.entries(settings).map(([name, value]) => [
    `setting ${name}`,
    JSON.stringify(value),
  ]);
  return { ...facts, ...Object.fromEntries(ofSettings) };
}

/** The micro-batches of a step are dealt out: there must be one for each rank. */
function refuseIdle(ranks: number, settings: Settings, model: ModelConfig): void {
  const micros = accumulationOf(settings, model);
  if (micros >= ranks || architectureOf(model).isFitted) return;
  const { batchSize } = settings;
  const hint =
    batchSize % ranks === 0
      ? `take smaller ones, for as many tokens a step: --batch-size ${batchSize / ranks} --total-batch-tokens ${tokensPerStep(settings, model)}`
      : `take more of them: --total-batch-tokens ${ranks * tokensPerBatch(settings, model)}`;
  throw new UsageError(
    `a step of ${micros === 1 ? 'one batch' : `${micros} batches`} cannot be dealt out to ${ranks} ranks: expected a batch for each`,
    hint,
  );
}

/** Refuses what only processes that MPI has started do. */
export function refuseWire({ wire }: Settings): void {
  if (wire === 'fp32') return;
  throw new UsageError(
    `--wire ${wire} is for processes that MPI has started, of whatever number`,
    'leave it out, or start the command by mpirun -n 1',
  );
}

/** Launchers bind a process to some of the cores, or let all of a machine's share them. */
function coresAllowed(): string {
  try {
    return /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  } catch {
    return ''; // elsewhere than on Linux
  }
}

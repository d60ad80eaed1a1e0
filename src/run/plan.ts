// What a run is going to be: a new one from the user's settings, or one that goes on from a checkpoint.

import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ModelConfig } from '../architectures/config.ts';
import { DEFAULT_ARCH } from '../architectures/list.ts';
import { removeLeftovers } from '../base/atomic-files.ts';
import { TsgptError, UsageError, unexpected } from '../base/errors.ts';
import type { LoadedCheckpoint } from '../checkpoint/load.ts';
import { listCheckpoints, loadCheckpoint } from '../checkpoint/on-disk.ts';
import { type Dataset, openDataset } from '../data/dataset.ts';
import { fineTuningDefaults } from '../settings/fine-tuning.ts';
import {
  givenSettings,
  isPathNeutral,
  modelOf,
  modelSettings,
  resolveSettings,
  type SettingSources,
  type Settings,
  type SettingValues,
} from '../settings/settings.ts';
import { defaultWarmup, plannedSteps, windowOf } from '../settings/training.ts';
import { taskOf } from '../tasks/list.ts';
import { modelFor, openInit, openInitAgain, refuseOtherModel, refuseOtherTokens } from './init.ts';
import { withOffer } from './open.ts';
import { hasRun, type RunRecord, readRecord, thisMachine, versions } from './record.ts';
import { checkFineTuning } from './trained.ts';

export interface RunRequest {
  out: string;
  /** Prepared text; a resumed run knows its own. */
  data?: string | undefined;
  arch?: string | undefined;
  preset?: string | undefined;
  file?: unknown;
  flags?: Readonly<Record<string, unknown>>;
  /** Go on from the newest checkpoint, or from the one named. */
  resume?: boolean | string | undefined;
  /** A checkpoint or run whose model and weights to begin with. */
  init?: string | undefined;
  overfitOneBatch?: boolean | undefined;
}

export interface Plan {
  out: string;
  record: RunRecord;
  dataset: Dataset;
  model: ModelConfig;
  /** The name of the checkpoint to go on from. */
  from?: string | undefined;
  /** That checkpoint, or the one to begin with. The run lets go of it: it is as large as the model. */
  weights?: LoadedCheckpoint | undefined;
  /** Settings that the user changed on resuming, in words. */
  changes: string[];
}

/** What the run is to be computed with, as its record has it. */
type Means = Pick<RunRecord, 'backend' | 'precision'>;

export async function planRun(request: RunRequest, means: Means): Promise<Plan> {
  await removeLeftovers(request.out);
  return request.resume ? planResume(request, means) : planNew(request, means);
}

async function planNew(request: RunRequest, means: Means): Promise<Plan> {
  const { out, data, overfitOneBatch = false } = request;
  if (hasRun(out)) {
    throw new UsageError(`${out} already holds a run`, 'go on with it: --resume; or choose another --out');
  }
  if (data === undefined)
    throw new UsageError('expected --data <prepared folder>', 'make one: tsgpt prepare --help');
  const opened = request.init === undefined ? undefined : await openInit(request.init);
  const arch = request.arch ?? opened?.checkpoint.model.arch ?? DEFAULT_ARCH;
  const given = givenSettings({ ...request, arch });
  if (opened) refuseOtherModel(opened, arch, given);
  const defaults = opened && {
    ...modelSettings(opened.checkpoint.model),
    ...fineTuningDefaults(opened.checkpoint.model.context, given.loraRank !== undefined),
  };
  const settings = withWarmup(resolveSettings({ ...request, arch, defaults }));
  checkFineTuning(settings, opened !== undefined);
  const dataset = openDataset(data);
  if (opened) await refuseOtherTokens(opened, dataset);
  const model = opened
    ? modelFor(opened.checkpoint, settings)
    : modelOf(settings, arch, dataset.meta.tokenizer.vocabSize);
  checkWindow(settings, model, dataset);
  mkdirSync(out, { recursive: true });
  const record: RunRecord = {
    format: 1,
    created: new Date().toISOString(),
    arch,
    settings,
    data: fingerprints(dataset),
    overfitOneBatch,
    ...(opened && { init: opened.init }),
    ...means,
    versions: versions(),
    machine: thisMachine(),
    status: 'running',
  };
  return { out, record, dataset, model, weights: opened?.checkpoint, changes: [] };
}

async function planResume(request: RunRequest, means: Means): Promise<Plan> {
  const { out } = request;
  const stored = await readRecord(out);
  refuseOtherRun(stored, request, means);
  const { settings, changes } = changedSettings(stored, request);
  const dataset = openDataset(request.data ?? stored.data.folder);
  const data = fingerprints(dataset);
  if (data.train !== stored.data.train || data.val !== stored.data.val) {
    throw new TsgptError(
      `${dataset.folder} is not the text this run was trained on`,
      `it was ${stored.data.folder}`,
    );
  }
  const record: RunRecord = { ...stored, settings, data, ...means, status: 'running' };
  const from = await newest(out, request.resume);
  const weights = from?.checkpoint ?? (stored.init && (await openInitAgain(stored.init)));
  const model = weights
    ? modelFor(weights, settings)
    : modelOf(settings, stored.arch, dataset.meta.tokenizer.vocabSize);
  return { out, record, dataset, model, from: from?.name, weights, changes };
}

function checkWindow(settings: Settings, model: ModelConfig, { train }: Dataset): void {
  const { window } = settings;
  const { context } = model;
  if (window !== undefined && window > context)
    throw unexpected('window', `a whole number up to the context, ${context},`, window);
  taskOf(model).checkSplit(train, windowOf(settings, context));
}

/** The default follows the run's length, which may change on resuming: the warm-up must not. */
function withWarmup(settings: Settings): Settings {
  const warmupSteps = settings.warmupSteps ?? defaultWarmup(plannedSteps(settings, settings.context));
  return { ...settings, warmupSteps };
}

/** The checkpoint asked for, or the newest; nothing if the run was stopped before its first. */
async function newest(
  out: string,
  resume: boolean | string | undefined,
): Promise<{ name: string; checkpoint: LoadedCheckpoint } | undefined> {
  const names = await listCheckpoints(out);
  const name = typeof resume === 'string' ? resume : names.at(-1);
  if (name === undefined) return undefined;
  if (!names.includes(name)) {
    throw new UsageError(`${out} has no checkpoint ${name}`, `it has ${names.join(', ') || 'none'}`);
  }
  try {
    return { name, checkpoint: await loadCheckpoint(join(out, name), { optimizer: true, merge: false }) };
  } catch (error) {
    throw await withOffer(error);
  }
}

function refuseOtherRun(
  stored: RunRecord,
  { arch, init, overfitOneBatch }: RunRequest,
  { backend, precision }: Means,
): void {
  const differences: string[] = [];
  const compare = (name: string, was: unknown, now: unknown) => {
    if (now !== undefined && now !== was) differences.push(`${name} was ${was ?? 'not set'}, now ${now}`);
  };
  compare('arch', stored.arch, arch);
  compare('init', stored.init?.given, init);
  compare('overfit-one-batch', stored.overfitOneBatch, overfitOneBatch);
  compare('backend', stored.backend.name, backend.name);
  compare('precision', stored.precision, precision);
  if (differences.length > 0) throw refusal(differences);
}

function changedSettings(stored: RunRecord, request: RunRequest): { settings: Settings; changes: string[] } {
  const sources: SettingSources = { ...request, arch: stored.arch };
  const given: SettingValues = givenSettings(sources);
  const settings = resolveSettings({ arch: stored.arch, file: stored.settings, flags: given });
  const changed = Object.entries(settings).filter(
    ([name, now]) => !isDeepStrictEqual(Reflect.get(stored.settings, name), now),
  );
  const words = ([name, now]: [string, unknown]) =>
    `${name} was ${Reflect.get(stored.settings, name) ?? 'not set'}, now ${now}`;
  const breaking = changed.filter(([name]) => !isPathNeutral(name, stored.settings));
  if (breaking.length > 0) throw refusal(breaking.map(words));
  return { settings, changes: changed.map(words) };
}

function refusal(differences: string[]): UsageError {
  return new UsageError(
    `a resumed run must end as if it had never stopped, but: ${differences.join('; ')}`,
    'leave these as they were, or start a new run from the weights: --init <run> --out <new run>',
  );
}

function fingerprints(dataset: Dataset): RunRecord['data'] {
  const { train, val } = dataset.meta.splits;
  return { folder: resolve(dataset.folder), train: train.sha256, val: val.sha256 };
}

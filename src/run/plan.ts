// What a run is going to be: a new one from the user's settings, or one that goes on from a checkpoint.

import { mkdirSync } from 'node:fs';
import type { ModelConfig } from '../architectures/config.ts';
import { DEFAULT_ARCH } from '../architectures/list.ts';
import { UsageError, unexpected } from '../base/errors.ts';
import { type Dataset, openDataset } from '../data/dataset.ts';
import type { DataMeta } from '../data/meta.ts';
import { fineTuningDefaults } from '../settings/fine-tuning.ts';
import { scaledRates } from '../settings/learning-rates.ts';
import {
  givenSettings,
  modelOf,
  modelSettings,
  resolveSettings,
  type Settings,
} from '../settings/settings.ts';
import { checkRecompute, defaultWarmup, plannedSteps, windowOf } from '../settings/training.ts';
import { taskOf } from '../tasks/list.ts';
import { checkpointOf, modelFor, openInit, refuseOtherModel } from './init.ts';
import { refuseOtherTokens } from './other-tokens.ts';
import { openParts, refuseOtherTokensOfParts, settingsOfParts, weightsOfParts } from './parts.ts';
import { fingerprints, hasRun, type RunRecord, thisMachine, versions } from './record.ts';
import type { Means, Plan, RunRequest, Sharing } from './request.ts';
import { planResume } from './resume.ts';
import { checkRun } from './size-check.ts';
import { checkFineTuning } from './trained.ts';

/** `sharing` is given where several processes train the run. */
export async function planRun(request: RunRequest, means: Means, sharing?: Sharing): Promise<Plan> {
  return request.resume ? planResume(request, means, sharing) : planNew(request, means, sharing);
}

async function planNew(request: RunRequest, means: Means, sharing?: Sharing): Promise<Plan> {
  const { out, data, overfitOneBatch = false } = request;
  if (hasRun(out)) {
    throw new UsageError(`${out} already holds a run`, 'go on with it: --resume; or choose another --out');
  }
  if (data === undefined)
    throw new UsageError('expected --data <prepared folder>', 'make one: tsgpt prepare --help');
  const opened = request.init === undefined ? undefined : await openInit(request.init);
  const arch = request.arch ?? opened?.checkpoint.model.arch ?? DEFAULT_ARCH;
  const parts = await openParts(request.parts, arch, openInit);
  if (opened && parts.length > 0) throw withWholeAndParts();
  const given = givenSettings({ ...request, arch });
  if (opened) refuseOtherModel(opened, arch, given);
  const sizes = settingsOfParts(parts, arch, givenSettings({ ...request, arch, preset: undefined }));
  const isLora = given.loraRank !== undefined || given.loraContinue === true;
  const defaults = opened
    ? {
        ...modelSettings(opened.checkpoint.model),
        ...scaledRates(fineTuningDefaults(opened.checkpoint.model.context, isLora), given.optimizer),
      }
    : {};
  const flags = { ...request.flags, ...sizes }; // parts decide, whatever a preset says
  const settings = withWarmup(resolveSettings({ ...request, arch, defaults, flags }), arch);
  checkFineTuning(settings, opened !== undefined);
  const weights = opened && checkpointOf(opened, settings.loraContinue);
  const dataset = openDataset(data);
  refuseOtherKind(arch, dataset);
  if (opened) refuseOtherTokens({ ...opened, tokenizer: await opened.checkpoint.tokenizer() }, dataset);
  await refuseOtherTokensOfParts(parts, dataset);
  const model = opened
    ? modelFor(opened.checkpoint, settings)
    : modelOf(settings, arch, taskOf({ arch }, dataset.meta.kind).sizes(dataset.meta));
  checkRecompute(settings, model);
  checkRun(model, settings, sharing);
  const note = await checkWindow(settings, model, dataset);
  mkdirSync(out, { recursive: true });
  const record: RunRecord = {
    format: 1,
    created: new Date().toISOString(),
    arch,
    settings,
    data: fingerprints(dataset),
    overfitOneBatch,
    ...(opened && { init: opened.init }),
    ...(parts.length > 0 && { parts: Object.fromEntries(parts.map(({ name, init }) => [name, init])) }),
    ...means,
    versions: versions(),
    machine: thisMachine(),
    status: 'running',
  };
  return {
    ...{ out, record, dataset, model, changes: [], note },
    weights,
    parts: await weightsOfParts(parts, model),
  };
}

function withWholeAndParts(): UsageError {
  return new UsageError(
    '--init begins with a whole model, so no part of it can begin with another',
    'leave --init out, or the others',
  );
}

/** A text is prepared for what is to be learned from it. */
function refuseOtherKind(
  arch: string,
  { folder, meta: { kind } }: { folder: string; meta: Pick<DataMeta, 'kind'> },
): void {
  const { name, data: wanted } = taskOf({ arch }, kind);
  if (kind === wanted) return;
  throw new UsageError(
    `${arch} learns ${name} from ${wanted}, but ${folder} holds ${kind}`,
    'prepare the text for it: tsgpt prepare --help',
  );
}

/** Returns what there is to know of the data. */
async function checkWindow(
  settings: Settings,
  model: ModelConfig,
  { train, val, meta }: Dataset,
): Promise<string | undefined> {
  const { window } = settings;
  const { context } = model;
  if (window !== undefined && window > context)
    throw unexpected('window', `a whole number up to the context, ${context},`, window);
  const { data, load } = taskOf(model, meta.kind);
  const { checkSplit, note } = await load();
  const read = windowOf(settings, context);
  checkSplit(train, read, model);
  if (data !== 'tokens') checkSplit(val, context, model); // each is read whole, where a text is read as far as it fits
  return note?.(train, read);
}

/** Fixes the warm-up: its default follows the run's length, which may change on resuming, when the warm-up must not. */
function withWarmup(settings: Settings, arch: string): Settings {
  const warmupSteps =
    settings.warmupSteps ?? defaultWarmup(plannedSteps(settings, { arch, context: settings.context }));
  return { ...settings, warmupSteps };
}

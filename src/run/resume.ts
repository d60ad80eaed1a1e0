// Going on with a run: from which checkpoint, and with which settings. It must end with the same bits as a run that never
// stopped, so whatever would change the steps it takes is refused.
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PART_NAMES } from '../architectures/architecture.ts';
import { TsgptError, UsageError } from '../base/errors.ts';
import type { OpenedCheckpoint } from '../checkpoint/load.ts';
import { listCheckpoints, openCheckpointAt } from '../checkpoint/on-disk.ts';
import { openDataset } from '../data/dataset.ts';
import { modelOf, resolveSettings, type Settings } from '../settings/settings.ts';
import { checkRecompute } from '../settings/training.ts';
import { taskOf } from '../tasks/list.ts';
import { checkpointOf, modelFor, openInitAgain } from './init.ts';
import { withOffer } from './open.ts';
import { openParts, weightsOfParts } from './parts.ts';
import { fingerprints, type RunRecord, readRecord } from './record.ts';
import type { Means, Plan, RunRequest, Sharing } from './request.ts';
import { checkRun } from './size-check.ts';

export async function planResume(request: RunRequest, means: Means, sharing?: Sharing): Promise<Plan> {
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
  const weights =
    from?.checkpoint ??
    (stored.init && checkpointOf(await openInitAgain(stored.init), settings.loraContinue));
  const model = weights
    ? modelFor(weights, settings)
    : modelOf(settings, stored.arch, taskOf(stored, dataset.meta.kind).sizes(dataset.meta));
  checkRecompute(settings, model);
  checkRun(model, settings, sharing);
  const parts = from
    ? undefined
    : await weightsOfParts(await openParts(stored.parts, stored.arch, openInitAgain), model);
  return { out, record, dataset, model, from: from?.name, weights, parts, changes };
}

/** Finds the checkpoint that is asked for, or the newest; returns nothing if the run was stopped before its first. */
async function newest(
  out: string,
  resume: boolean | string | undefined,
): Promise<{ name: string; checkpoint: OpenedCheckpoint } | undefined> {
  const names = await listCheckpoints(out);
  const name = typeof resume === 'string' ? resume : names.at(-1);
  if (name === undefined) return undefined;
  if (!names.includes(name)) {
    throw new UsageError(`${out} has no checkpoint ${name}`, `it has ${names.join(', ') || 'none'}`);
  }
  try {
    return { name, checkpoint: await openCheckpointAt(join(out, name), { optimizer: true }) };
  } catch (error) {
    throw await withOffer(error);
  }
}

function refuseOtherRun(
  stored: RunRecord,
  { arch, init, parts, overfitOneBatch, file, flags }: RunRequest,
  { backend, precision }: Means,
): void {
  const { optimizer } = { ...(file as Partial<Settings> | undefined), ...flags };
  const differences: string[] = [];
  const compare = (name: string, was: unknown, now: unknown) => {
    if (now !== undefined && now !== was) differences.push(`${name} was ${was ?? 'not set'}, now ${now}`);
  };
  compare('arch', stored.arch, arch);
  compare('init', stored.init?.given, init);
  for (const name of PART_NAMES) compare(`init-${name}`, stored.parts?.[name]?.given, parts?.[name]);
  compare('overfit-one-batch', stored.overfitOneBatch, overfitOneBatch);
  compare('backend', stored.backend.name, backend.name);
  compare('precision', stored.precision, precision);
  compare('optimizer', stored.settings.optimizer, optimizer);
  if (differences.length > 0) throw refusal(differences);
}

function changedSettings(stored: RunRecord, request: RunRequest): { settings: Settings; changes: string[] } {
  const settings = resolveSettings({ ...request, arch: stored.arch, defaults: stored.settings });
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

const PATH_NEUTRAL = [
  'maxSeconds',
  'evalInterval',
  'evalTokens',
  'earlyStop',
  'checkpointInterval',
  'keepLast',
  'recompute', // the same bits
];

/** Whether a run may be resumed with another value of the setting: only where the steps that it takes stay the same. */
function isPathNeutral(name: string, settings: Settings): boolean {
  const stretchesSchedule = name === 'maxSteps' || name === 'maxTokens';
  return PATH_NEUTRAL.includes(name) || (stretchesSchedule && settings.schedule === 'constant');
}

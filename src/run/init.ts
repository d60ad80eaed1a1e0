// The checkpoint that a run begins with (--init): it decides the model, and its tokenizer must be the text's.

import { resolve } from 'node:path';
import type { ModelConfig } from '../architectures/config.ts';
import { TsgptError, UsageError } from '../base/errors.ts';
import { merged } from '../checkpoint/adapter.ts';
import { digestOfWeights } from '../checkpoint/adapter-base.ts';
import { folderOnDisk } from '../checkpoint/folder-on-disk.ts';
import type { LoadedCheckpoint } from '../checkpoint/load.ts';
import { loadCheckpoint } from '../checkpoint/on-disk.ts';
import { modelSettings, type Settings, type SettingValues } from '../settings/settings.ts';
import { checkpointFolder, withOffer } from './open.ts';
import type { RunRecord } from './record.ts';

export type Init = NonNullable<RunRecord['init']>;

export interface OpenedInit {
  /** Its path, as the user would write it. */
  folder: string;
  init: Init;
  checkpoint: LoadedCheckpoint;
}

/** Finds a run's best checkpoint; a checkpoint is itself. */
export async function openInit(given: string, { merge = true } = {}): Promise<OpenedInit> {
  const folder = await checkpointFolder(given, 'best');
  try {
    const checkpoint = await loadCheckpoint(folder, { optimizer: false, merge });
    const sha256 = await digestOfWeights(folderOnDisk(folder));
    return { folder, init: { given, folder: resolve(folder), sha256 }, checkpoint };
  } catch (error) {
    throw await withOffer(error);
  }
}

/** An adapter of its own is merged, unless it is what is trained. */
export function asInit(opened: OpenedInit, loraContinue: boolean): OpenedInit {
  const { folder, checkpoint } = opened;
  const { adapter, ...base } = checkpoint;
  if (loraContinue && adapter === undefined)
    throw new UsageError(`${folder} holds no adapter to train on`, 'train a new one: --lora-rank 8');
  if (loraContinue || adapter === undefined) return opened;
  return { ...opened, checkpoint: { ...base, parameters: merged(base.parameters, adapter, folder) } };
}

/** Begins again for a run that was stopped before it saved anything. */
export async function openInitAgain(
  { folder, sha256 }: Init,
  options?: { merge: boolean },
): Promise<OpenedInit> {
  const opened = await openInit(folder, options);
  if (opened.init.sha256 === sha256) return opened;
  throw new TsgptError(`${folder} has changed since the run began with it`, 'start a new run');
}

/** The model's settings come from the checkpoint: the user need not name them, and cannot change any but dropout. */
export function refuseOtherModel(
  { folder, checkpoint: { model } }: OpenedInit,
  arch: string,
  given: SettingValues,
): void {
  const { dropout: _, ...fixed } = modelSettings(model);
  const asked = { arch, ...given };
  const differences = Object.entries({ arch: model.arch, ...fixed }).flatMap(([name, is]) => {
    const wanted: unknown = Reflect.get(asked, name) ?? is;
    return wanted === is ? [] : [`${name} is ${is}, not ${wanted}`];
  });
  if (differences.length === 0) return;
  throw new UsageError(
    `a run that begins with ${folder} has its model, but: ${differences.join('; ')}`,
    'leave these out; to train on stretches of text shorter than the context: --window',
  );
}

export function modelFor({ model }: LoadedCheckpoint, { dropout }: Settings): ModelConfig {
  return 'dropout' in model ? { ...model, dropout } : model;
}

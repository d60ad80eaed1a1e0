// The checkpoint that a run begins with (--init): it decides the model, and its tokenizer must be the text's.

import { resolve } from 'node:path';
import type { ModelConfig } from '../architectures/config.ts';
import { TsgptError, UsageError } from '../base/errors.ts';
import { digestOfWeights } from '../checkpoint/adapter-base.ts';
import { folderOnDisk } from '../checkpoint/folder-on-disk.ts';
import { type OpenedCheckpoint, withMerged } from '../checkpoint/load.ts';
import { openCheckpointAt } from '../checkpoint/on-disk.ts';
import { modelSettings, type Settings, type SettingValues } from '../settings/settings.ts';
import { checkpointFolder, withOffer } from './open.ts';
import type { RunRecord } from './record.ts';

export type Init = NonNullable<RunRecord['init']>;

export interface OpenedInit {
  /** Its path, as the user would write it. */
  folder: string;
  init: Init;
  checkpoint: OpenedCheckpoint;
}

/** Finds a run's best checkpoint; a checkpoint is itself. */
export async function openInit(given: string): Promise<OpenedInit> {
  const folder = await checkpointFolder(given, 'best');
  try {
    const checkpoint = await openCheckpointAt(folder, { optimizer: false });
    const sha256 = await digestOfWeights(folderOnDisk(folder));
    return { folder, init: { given, folder: resolve(folder), sha256 }, checkpoint };
  } catch (error) {
    throw await withOffer(error);
  }
}

/** What a run begins with: an adapter that is not trained on is merged into its base's weights. */
export function checkpointOf({ folder, checkpoint }: OpenedInit, loraContinue: boolean): OpenedCheckpoint {
  if (!loraContinue) return withMerged(checkpoint, folder);
  if (checkpoint.adapter) return checkpoint;
  throw new UsageError(`${folder} holds no adapter to train on`, 'train a new one: --lora-rank 8');
}

/** Begins again for a run that was stopped before it saved anything. */
export async function openInitAgain({ folder, sha256 }: Init): Promise<OpenedInit> {
  const opened = await openInit(folder);
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

export function modelFor({ model }: OpenedCheckpoint, { dropout }: Settings): ModelConfig {
  return 'dropout' in model ? { ...model, dropout } : model;
}

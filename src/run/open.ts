// A run's checkpoint, or a checkpoint folder by itself, as a model and a tokenizer to use.

import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { emptyModel } from '../architectures/create.ts';
import { isLanguageModel, type LanguageModel, type Model } from '../architectures/language-model.ts';
import { TsgptError } from '../base/errors.ts';
import { DamagedCheckpoint } from '../checkpoint/checkpoint.ts';
import { withMerged } from '../checkpoint/load.ts';
import { listCheckpoints, openCheckpointAt } from '../checkpoint/on-disk.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { hasRun, readRecord } from './record.ts';
import { assignParameters } from './weights.ts';

export type Which = 'best' | 'last';

export interface OpenedModel<M extends Model = Model> {
  model: M;
  tokenizer: Tokenizer;
  /** The checkpoint's folder. */
  folder: string;
}

/**
 * Loads a model of the next token and its tokenizer. The backend must have been started.
 * @param path A run, a checkpoint, or a LoRA adapter, whose base is loaded with it.
 * @param which Of a run: its best checkpoint, or its last.
 * @example
 * import { openModel, startBackend } from 'tsgpt';
 * await startBackend();
 * const { model, tokenizer } = await openModel('checkpoints/poems', 'last');
 * console.log(model.config, tokenizer.name);
 */
export async function openModel(path: string, which: Which = 'best'): Promise<OpenedModel<LanguageModel>> {
  const { model, ...rest } = await openAnyModel(path, which);
  if (isLanguageModel(model)) return { model, ...rest };
  model.dispose();
  throw new TsgptError(
    `${rest.folder} holds a model of ${model.config.arch}, which does not say which token follows`,
  );
}

/** A model of whatever task. */
export async function openAnyModel(path: string, which: Which = 'best'): Promise<OpenedModel> {
  const folder = await checkpointFolder(path, which);
  try {
    const checkpoint = withMerged(await openCheckpointAt(folder, { optimizer: false }), folder);
    const model = await emptyModel(checkpoint.model);
    await assignParameters(model.parameters, checkpoint, folder);
    return { model, tokenizer: await checkpoint.tokenizer(), folder };
  } catch (error) {
    throw await withOffer(error);
  }
}

/** A damaged checkpoint's error, naming the one before it. */
export async function withOffer(error: unknown): Promise<unknown> {
  if (!(error instanceof DamagedCheckpoint)) return error;
  const run = dirname(error.folder);
  const names = await listCheckpoints(run);
  const before = names[names.indexOf(basename(error.folder)) - 1];
  if (before === undefined)
    return new TsgptError(error.message, 'there is no checkpoint before it', { cause: error });
  const hint = `the one before it is ${join(run, before)}; to train on from there: --resume ${before}`;
  return new TsgptError(error.message, hint, { cause: error });
}

/** A run has its best and its last checkpoint; a checkpoint's folder is returned as it is. */
export async function checkpointFolder(path: string, which: Which): Promise<string> {
  if (!existsSync(path))
    throw new TsgptError(`there is no run or checkpoint at ${path}`, 'runs lie in checkpoints/');
  if (!hasRun(path)) return path;
  const record = await readRecord(path);
  const name = (which === 'best' ? record.best : undefined) ?? record.last;
  if (name === undefined)
    throw new TsgptError(`the run ${path} has no checkpoint yet`, 'train it for longer');
  return join(path, name);
}

// Reads a checkpoint, ours or a Hugging Face GPT-2 folder made elsewhere; every file of ours is checked before it is read.
// An adapter is read with its base, and is then a checkpoint as any other.

import type { ModelConfig } from '../architectures/config.ts';
import { parseConfig } from '../architectures/config-file.ts';
import { architectureOf } from '../architectures/list.ts';
import { TsgptError } from '../base/errors.ts';
import type { FloatTensor } from '../base/safetensors-file.ts';
import { turned } from '../base/turned.ts';
import {
  CHAT_TEMPLATE,
  CONFIG,
  missingTokenizer,
  readTokenizer,
  SOURCE_TOKENIZER,
  TOKENIZER,
} from '../tokenizers/files.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import {
  ADAPTER_FILES,
  type Adapter,
  adapterNames,
  madeElsewhere,
  mergedWeight,
  readAdapter,
} from './adapter.ts';
import { findBase } from './adapter-base.ts';
import { parseAdapterConfig } from './adapter-config.ts';
import { type Base, FILES, type State, type Tensors, type Weights } from './checkpoint.ts';
import type { Folder, FolderFile } from './folder.ts';
import { holds, openChecked, openSealed, type SealedFolder } from './sealed-folder.ts';

/** A checkpoint whose parameters, which are as large as the model, are yet to be read. */
export interface OpenedCheckpoint extends Omit<Weights, 'parameters'> {
  /** Absent in a folder made elsewhere. */
  readonly state: State | undefined;
  /** An adapter that is not merged; the parameters are its base's, without it. */
  readonly adapter?: Adapter;
  /** Reads the parameters one after another. Names and shapes are as the file has them: the model that takes them checks them. */
  eachParameter(take: (name: string, tensor: FloatTensor) => void): Promise<void>;
  /** Reads it when it is asked for: going on with training does not need it. */
  tokenizer(): Promise<Tokenizer>;
}

export interface LoadedCheckpoint extends Omit<OpenedCheckpoint, 'eachParameter'>, Weights {}

interface OpenOptions {
  /** Whether the optimizer's state is read too, if there is one. */
  optimizer: boolean;
}

export interface LoadOptions extends OpenOptions {
  /** Whether an adapter is added to its base's weights; it is if this is not given. */
  merge?: boolean;
}

/** Names and shapes of the parameters are as the file has them: the model that takes them checks them. */
export async function readCheckpoint(
  folder: Folder,
  { merge = true, ...options }: LoadOptions,
): Promise<LoadedCheckpoint> {
  const opened = await openCheckpoint(folder, options);
  const { eachParameter, ...rest } = merge ? withMerged(opened, folder.path) : opened;
  return { ...rest, parameters: await collected(eachParameter) };
}

export async function openCheckpoint(folder: Folder, options: OpenOptions): Promise<OpenedCheckpoint> {
  const sealed = await openSealed(folder);
  const weights = holds(sealed, ADAPTER_FILES.config) ? await openAdapted(sealed) : await openWeights(sealed);
  const optimizer =
    options.optimizer && holds(sealed, FILES.optimizer)
      ? await readTensors(sealed, FILES.optimizer)
      : undefined;
  return {
    ...weights,
    ...(optimizer && { optimizer }),
    state: sealed.seal?.state,
    tokenizer: () => readOwnTokenizer(sealed),
  };
}

/** With an adapter merged into its base's weights, if there is one. `where` is only named in errors. */
export function withMerged(opened: OpenedCheckpoint, where: string): OpenedCheckpoint {
  const { adapter, ...rest } = opened;
  if (adapter === undefined) return opened;
  return {
    ...rest,
    eachParameter: (take) =>
      opened.eachParameter((name, tensor) => take(name, mergedWeight(name, tensor, adapter, where))),
  };
}

type ModelAndParameters = Pick<OpenedCheckpoint, 'model' | 'eachParameter'>;

async function openWeights(sealed: SealedFolder): Promise<ModelAndParameters> {
  const config = await openChecked(sealed, FILES.config);
  const model = parseConfig(await config.text(), config.path);
  const { fromDisk, isTurned } = architectureOf(model).disk;
  const file = await openChecked(sealed, FILES.parameters);
  return {
    model,
    eachParameter: (take) =>
      eachTensor(file, fromDisk, (name, tensor) => take(name, isTurned?.(name) ? turned(tensor) : tensor)),
  };
}

/** The base, and the adapter beside it. */
async function openAdapted(sealed: SealedFolder): Promise<ModelAndParameters & { adapter: Adapter }> {
  const { folder, seal } = sealed;
  if (seal?.base === undefined) throw madeElsewhere(folder.path);
  const file = await openChecked(sealed, ADAPTER_FILES.config);
  const config = parseAdapterConfig(await file.text(), file.path);
  await openChecked(sealed, ADAPTER_FILES.parameters); // its own damage is told before its base's absence
  const found = await findBase(folder, seal.base, config.base);
  const { model, eachParameter } = withMerged(await openCheckpoint(found, { optimizer: false }), found.path);
  const base = { folder: found.path, sha256: seal.base.sha256 };
  return { model, eachParameter, adapter: await readAdapterFor(sealed, model, base) };
}

/** The adapter in a folder, ours or PEFT's, whose base is such a model. */
export async function readAdapterFor(sealed: SealedFolder, model: ModelConfig, base: Base): Promise<Adapter> {
  const { path } = sealed.folder;
  const config = await openChecked(sealed, ADAPTER_FILES.config);
  const tensors = await readTensors(sealed, ADAPTER_FILES.parameters, adapterNames(model, path).fromDisk);
  return readAdapter({ config, tensors }, model, base, path);
}

async function readTensors(
  sealed: SealedFolder,
  name: string,
  rename: (name: string) => string | undefined = (name) => name,
): Promise<Tensors> {
  const file = await openChecked(sealed, name);
  return collected((take) => eachTensor(file, rename, take));
}

async function collected(each: OpenedCheckpoint['eachParameter']): Promise<Tensors> {
  const tensors = new Map<string, FloatTensor>();
  await each((name, tensor) => tensors.set(name, tensor));
  return tensors;
}

async function eachTensor(
  { path, tensors: open }: FolderFile,
  rename: (name: string) => string | undefined,
  take: (name: string, tensor: FloatTensor) => void,
): Promise<void> {
  const file = await open();
  try {
    const names = new Set<string>();
    for (const [stored, { shape }] of file.tensors) {
      const name = rename(stored);
      if (name === undefined) continue;
      if (names.has(name)) throw new TsgptError(`${path} has two tensors for ${name}`);
      names.add(name);
      take(name, { shape, data: await file.read(stored) });
    }
  } finally {
    await file.close();
  }
}

async function readOwnTokenizer(sealed: SealedFolder): Promise<Tokenizer> {
  const { path, fullPath } = sealed.folder;
  if (!holds(sealed, TOKENIZER)) throw missingTokenizer(path);
  const text = async (name: string) => (await openChecked(sealed, name)).text();
  const ifHeld = async (name: string) => (holds(sealed, name) ? text(name) : undefined);
  const texts = {
    json: await text(TOKENIZER),
    config: await ifHeld(CONFIG),
    source: await ifHeld(SOURCE_TOKENIZER),
    chatTemplate: await ifHeld(CHAT_TEMPLATE),
  };
  return readTokenizer(texts, fullPath);
}

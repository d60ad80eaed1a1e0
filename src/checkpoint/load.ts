// Reads a checkpoint, ours or a Hugging Face GPT-2 folder made elsewhere; every file of ours is checked before it is read.
// An adapter is read with its base, and is then a checkpoint as any other.

import type { ModelConfig } from '../architectures/config.ts';
import { parseConfig } from '../architectures/config-file.ts';
import { architectureOf } from '../architectures/list.ts';
import { TsgptError } from '../base/errors.ts';
import type { FloatTensor } from '../base/safetensors-file.ts';
import { turned } from '../base/turned.ts';
import { CONFIG, missingTokenizer, readTokenizer, SOURCE_TOKENIZER, TOKENIZER } from '../tokenizers/files.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { ADAPTER_FILES, type Adapter, adapterNames, madeElsewhere, merged, readAdapter } from './adapter.ts';
import { findBase } from './adapter-base.ts';
import { parseAdapterConfig } from './adapter-config.ts';
import { type Base, FILES, type State, type Tensors, type Weights } from './checkpoint.ts';
import type { Folder } from './folder.ts';
import { holds, openChecked, openSealed, type SealedFolder } from './sealed-folder.ts';

export interface LoadedCheckpoint extends Weights {
  /** Absent in a folder made elsewhere. */
  readonly state: State | undefined;
  /** An adapter that was not to be merged; the parameters are its base's, without it. */
  readonly adapter?: Adapter;
  /** Reads it when it is asked for: going on with training does not need it. */
  tokenizer(): Promise<Tokenizer>;
}

export interface LoadOptions {
  /** Whether the optimizer's state is read too, if there is one. */
  optimizer: boolean;
  /** Whether an adapter is added to its base's weights; it is if this is not given. */
  merge?: boolean;
}

/** Names and shapes of the parameters are as the file has them: the model that takes them checks them. */
export async function readCheckpoint(folder: Folder, options: LoadOptions): Promise<LoadedCheckpoint> {
  const sealed = await openSealed(folder);
  const weights = holds(sealed, ADAPTER_FILES.config)
    ? await readAdapted(sealed, options)
    : await readWeights(sealed);
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

async function readWeights(sealed: SealedFolder): Promise<Weights> {
  const config = await openChecked(sealed, FILES.config);
  const model = parseConfig(await config.text(), config.path);
  const { fromDisk, isTurned } = architectureOf(model).disk;
  const stored = await readTensors(sealed, FILES.parameters, fromDisk);
  if (isTurned === undefined) return { model, parameters: stored };
  const parameters = Array.from(
    stored,
    ([name, tensor]) => [name, isTurned(name) ? turned(tensor) : tensor] as const,
  );
  return { model, parameters: new Map(parameters) };
}

/** Returns the base's weights, with the adapter merged into them or beside them. */
async function readAdapted(
  sealed: SealedFolder,
  { merge = true }: LoadOptions,
): Promise<Weights & { adapter?: Adapter }> {
  const { folder, seal } = sealed;
  if (seal?.base === undefined) throw madeElsewhere(folder.path);
  const file = await openChecked(sealed, ADAPTER_FILES.config);
  const config = parseAdapterConfig(await file.text(), file.path);
  await openChecked(sealed, ADAPTER_FILES.parameters); // its own damage is told before its base's absence
  const found = await findBase(folder, seal.base, config.base);
  const { model, parameters } = await readCheckpoint(found, { optimizer: false });
  const adapter = await readAdapterFor(sealed, model, { folder: found.path, sha256: seal.base.sha256 });
  return merge
    ? { model, parameters: merged(parameters, adapter, folder.path) }
    : { model, parameters, adapter };
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
  const { path, tensors: open } = await openChecked(sealed, name);
  const file = await open();
  try {
    const tensors = new Map<string, FloatTensor>();
    for (const [stored, { shape }] of file.tensors) {
      const name = rename(stored);
      if (name === undefined) continue;
      if (tensors.has(name)) throw new TsgptError(`${path} has two tensors for ${name}`);
      tensors.set(name, { shape, data: await file.read(stored) });
    }
    return tensors;
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
  };
  return readTokenizer(texts, fullPath);
}

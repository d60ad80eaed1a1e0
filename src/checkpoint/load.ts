// Reads a checkpoint, ours or a Hugging Face GPT-2 folder made elsewhere; every file of ours is checked before it is read.
// An adapter is read with its base, and is then a checkpoint as any other.

import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseConfig } from '../architectures/config-file.ts';
import { architectureOf } from '../architectures/list.ts';
import { readJson, readText } from '../base/atomic-files.ts';
import { TsgptError } from '../base/errors.ts';
import { type FloatTensor, openSafetensors } from '../base/safetensors-file.ts';
import { loadTokenizer } from '../tokenizers/store.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import {
  ADAPTER_FILES,
  ADAPTER_NAMES,
  type Adapter,
  adapterConfigSchema,
  madeElsewhere,
  merged,
} from './adapter.ts';
import { findBase } from './base.ts';
import { FILES, type State, type Tensors, type Weights } from './checkpoint.ts';
import type { Seal } from './seal.ts';
import { checkFile, readSeal } from './sealed-folder.ts';

/** Those that loadTokenizer reads. */
const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json'];

export interface LoadedCheckpoint extends Weights {
  /** Absent in a folder made elsewhere. */
  readonly state: State | undefined;
  /** Of an adapter that was not to be merged: what is to be added to the parameters, which are its base's. */
  readonly adapter?: Adapter;
  /** Read when asked for: going on with training does not need it. */
  tokenizer(): Promise<Tokenizer>;
}

interface LoadOptions {
  optimizer: boolean;
  /** Whether an adapter is added to its base's weights; if not given, it is. */
  merge?: boolean;
}

/** Names and shapes of the parameters are as the file has them: the model that takes them checks them. */
export function loadCheckpoint(folder: string, options: LoadOptions): Promise<LoadedCheckpoint> {
  return load(folder, options, []);
}

/** `above`: the adapters that this is the base of. */
async function load(
  folder: string,
  options: LoadOptions,
  above: readonly string[],
): Promise<LoadedCheckpoint> {
  const seal = await readSeal(folder);
  const isAdapter = seal
    ? ADAPTER_FILES.config in seal.files
    : existsSync(join(folder, ADAPTER_FILES.config));
  const weights = isAdapter
    ? await readAdapted(folder, seal, options, above)
    : await readWeights(folder, seal);
  const hasOptimizer = seal !== undefined && FILES.optimizer in seal.files;
  let optimizer: Tensors | undefined;
  if (options.optimizer && hasOptimizer) {
    await checkPresent(folder, FILES.optimizer, seal);
    optimizer = await readTensors(join(folder, FILES.optimizer));
  }
  return {
    ...weights,
    ...(optimizer && { optimizer }),
    state: seal?.state,
    tokenizer: () => readTokenizer(folder, seal),
  };
}

async function readWeights(folder: string, seal: Seal | undefined): Promise<Weights> {
  await checkPresent(folder, FILES.config, seal);
  const configFile = join(folder, FILES.config);
  const model = parseConfig(await readText(configFile), configFile);
  await checkPresent(folder, FILES.parameters, seal);
  const parameters = await readTensors(join(folder, FILES.parameters), architectureOf(model).disk.fromDisk);
  return { model, parameters };
}

/** Its base's weights, with the adapter merged into them or beside them. */
async function readAdapted(
  folder: string,
  seal: Seal | undefined,
  { merge = true }: LoadOptions,
  above: readonly string[],
): Promise<Weights & { adapter?: Adapter }> {
  if (seal?.base === undefined) throw madeElsewhere(folder);
  if (above.includes(resolve(folder))) throw new TsgptError(`${folder} is an adapter of itself`);
  await checkFile(folder, ADAPTER_FILES.config, seal);
  const config = await readJson(join(folder, ADAPTER_FILES.config), adapterConfigSchema);
  await checkFile(folder, ADAPTER_FILES.parameters, seal);
  const base = await findBase(folder, seal.base, config.base_model_name_or_path);
  const { model, parameters } = await load(base.folder, { optimizer: false }, [...above, resolve(folder)]);
  const tensors = await readTensors(join(folder, ADAPTER_FILES.parameters), ADAPTER_NAMES.fromDisk);
  const adapter = { tensors, rank: config.r, alpha: config.lora_alpha, base };
  return merge ? { model, parameters: merged(parameters, adapter, folder) } : { model, parameters, adapter };
}

async function checkPresent(folder: string, name: string, seal: Seal | undefined): Promise<void> {
  if (seal !== undefined) return checkFile(folder, name, seal);
  if (existsSync(join(folder, name))) return;
  throw new TsgptError(
    `${folder} is not a checkpoint: it has no ${name}`,
    'a checkpoint is a folder with config.json and model.safetensors, such as a run’s step-000500',
  );
}

async function readTensors(
  path: string,
  rename: (name: string) => string | undefined = (name) => name,
): Promise<Tensors> {
  const file = await openSafetensors(path);
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

async function readTokenizer(folder: string, seal: Seal | undefined): Promise<Tokenizer> {
  if (seal !== undefined) {
    for (const name of TOKENIZER_FILES) if (name in seal.files) await checkFile(folder, name, seal);
  }
  return loadTokenizer(folder);
}

// Reads a checkpoint, ours or a Hugging Face GPT-2 folder made elsewhere; every file of ours is checked before it is read.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TsgptError } from '../base/errors.ts';
import { readText } from '../base/files.ts';
import { type FloatTensor, openSafetensors } from '../base/safetensors-file.ts';
import { loadTokenizer } from '../tokenizers/store.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { FILES, type State, type Tensors, type Weights } from './checkpoint.ts';
import { parseConfig } from './config-file.ts';
import { namesOnDisk } from './names.ts';
import { checkFile, readSeal, type Seal } from './seal.ts';

/** Those that loadTokenizer reads. */
const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json'];

export interface LoadedCheckpoint extends Weights {
  /** Absent in a folder made elsewhere. */
  readonly state: State | undefined;
  /** Read when asked for: going on with training does not need it. */
  tokenizer(): Promise<Tokenizer>;
}

/** Names and shapes of the parameters are as the file has them: the model that takes them checks them. */
export async function loadCheckpoint(
  folder: string,
  options: { optimizer: boolean },
): Promise<LoadedCheckpoint> {
  const seal = await readSeal(folder);
  await checkPresent(folder, FILES.config, seal);
  const configFile = join(folder, FILES.config);
  const model = parseConfig(await readText(configFile), configFile);
  await checkPresent(folder, FILES.parameters, seal);
  const parameters = await readTensors(join(folder, FILES.parameters), namesOnDisk(model.arch).fromDisk);
  const hasOptimizer = seal !== undefined && FILES.optimizer in seal.files;
  let optimizer: Tensors | undefined;
  if (options.optimizer && hasOptimizer) {
    await checkPresent(folder, FILES.optimizer, seal);
    optimizer = await readTensors(join(folder, FILES.optimizer));
  }
  return {
    model,
    parameters,
    ...(optimizer && { optimizer }),
    state: seal?.state,
    tokenizer: () => readTokenizer(folder, seal),
  };
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

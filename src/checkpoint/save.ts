// Writes a checkpoint: a Hugging Face folder, or a LoRA adapter as PEFT has it, plus what training needs to go on.

import type { ModelConfig } from '../architectures/config.ts';
import { formatConfig, formatGeneration } from '../architectures/config-file.ts';
import { architectureOf } from '../architectures/list.ts';
import { prettyJson } from '../base/json.ts';
import type { NamedTensor, WritableTensor } from '../base/safetensors-file.ts';
import type { Digest } from '../base/sha256.ts';
import { turnedLater } from '../base/turned.ts';
import { tokenizerFiles } from '../tokenizers/files.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { ADAPTER_FILES, type Adapter, adapterNames, formatAdapterConfig } from './adapter.ts';
import { FILES, type State, type Tensors, type Weights } from './checkpoint.ts';
import type { NewFolder } from './folder.ts';
import { formatSeal, type SealedBase } from './seal.ts';

interface Contents {
  readonly optimizer?: Tensors | undefined;
  readonly tokenizer: Tokenizer;
  readonly state: State;
}

type WritableTensors = ReadonlyMap<string, WritableTensor>;

export interface CheckpointContents extends Omit<Weights, 'parameters' | 'optimizer'>, Contents {
  readonly parameters: WritableTensors;
}

export interface AdapterContents extends Contents {
  /** The configuration of the base, which the adapter does not change. */
  readonly model: ModelConfig;
  readonly adapter: Adapter;
}

/** What a checkpoint and an adapter have each of their own kind. */
interface OwnFiles {
  readonly texts: Readonly<Record<string, string>>;
  readonly weights: { readonly name: string; readonly tensors: readonly NamedTensor[] };
  readonly base?: SealedBase;
}

/** The tensors must not change until this is done. */
export async function writeCheckpoint(folder: NewFolder, contents: CheckpointContents): Promise<void> {
  const { model, parameters, tokenizer } = contents;
  const texts = {
    [FILES.config]: prettyJson(formatConfig(model, tokenizer)),
    [FILES.generation]: prettyJson(formatGeneration(tokenizer)),
  };
  const { toDisk, isTurned } = architectureOf(model).disk;
  const tensors = list(parameters, toDisk, isTurned);
  await writeSealed(folder, contents, { texts, weights: { name: FILES.parameters, tensors } });
}

/** Writes the adapter alone; the weights that it belongs to stay at `base`. */
export async function writeAdapter(
  folder: NewFolder,
  contents: AdapterContents,
  base: SealedBase,
): Promise<void> {
  const { adapter, model } = contents;
  const texts = { [ADAPTER_FILES.config]: prettyJson(formatAdapterConfig(adapter, model)) };
  const tensors = list(adapter.tensors, adapterNames(model, ADAPTER_FILES.parameters).toDisk);
  await writeSealed(folder, contents, { texts, weights: { name: ADAPTER_FILES.parameters, tensors }, base });
}

async function writeSealed(
  folder: NewFolder,
  { optimizer, tokenizer, state }: Contents,
  { texts, weights, base }: OwnFiles,
): Promise<void> {
  const files: Record<string, Digest> = {};
  files[weights.name] = await folder.writeTensors(weights.name, weights.tensors, { format: 'pt' });
  if (optimizer) files[FILES.optimizer] = await folder.writeTensors(FILES.optimizer, list(optimizer));
  const allTexts = new Map(Object.entries({ ...texts, ...tokenizerFiles(tokenizer) }));
  for (const name of [...allTexts.keys()].sort()) {
    files[name] = await folder.writeText(name, allTexts.get(name)!);
  }
  await folder.writeText(FILES.state, formatSeal({ state, files, ...(base && { base }) }));
}

function list(
  tensors: WritableTensors,
  rename = (name: string) => name,
  isTurned = (_name: string) => false,
): NamedTensor[] {
  return Array.from(tensors, ([name, tensor]) => {
    const { shape, data } = isTurned(name) ? turnedLater(tensor) : tensor;
    return { name: rename(name), shape, data };
  });
}

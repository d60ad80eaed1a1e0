// Writes a checkpoint: a Hugging Face folder, or a LoRA adapter as PEFT has it, plus what training needs to go on.

import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatConfig, formatGeneration } from '../architectures/config-file.ts';
import { architectureOf } from '../architectures/list.ts';
import { type Digest, digestFile, writeFolderAtomic } from '../base/atomic-files.ts';
import { prettyJson } from '../base/json.ts';
import { type NamedTensor, type WritableTensor, writeSafetensors } from '../base/safetensors-file.ts';
import { saveTokenizer } from '../tokenizers/store.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { ADAPTER_FILES, ADAPTER_NAMES, type Adapter, formatAdapterConfig } from './adapter.ts';
import { sealedBase } from './base.ts';
import { FILES, type State, type Tensors, type Weights } from './checkpoint.ts';
import { formatSeal, type SealedBase } from './seal.ts';

interface Contents {
  readonly optimizer?: Tensors | undefined;
  readonly tokenizer: Tokenizer;
  readonly state: State;
}

/** Not all in memory at once if they need not be. */
type WritableTensors = ReadonlyMap<string, WritableTensor>;

export interface CheckpointContents extends Omit<Weights, 'parameters' | 'optimizer'>, Contents {
  readonly parameters: WritableTensors;
}

export interface AdapterContents extends Contents {
  readonly adapter: Adapter;
}

/** A folder already there is replaced. The tensors must not change until this is done. */
export async function saveCheckpoint(folder: string, contents: CheckpointContents): Promise<void> {
  const { model, parameters, tokenizer } = contents;
  await writeSealed(folder, contents, async (temporary) => {
    await writeFile(join(temporary, FILES.config), prettyJson(formatConfig(model, tokenizer.endOfText)));
    await writeFile(join(temporary, FILES.generation), prettyJson(formatGeneration(tokenizer.endOfText)));
    const tensors = list(parameters, architectureOf(model).disk.toDisk);
    const digest = await writeSafetensors(join(temporary, FILES.parameters), tensors, { format: 'pt' });
    return { [FILES.parameters]: digest };
  });
}

/** As saveCheckpoint; the weights that the adapter belongs to stay where they are. */
export async function saveAdapter(folder: string, contents: AdapterContents): Promise<void> {
  const { adapter } = contents;
  const base = sealedBase(adapter.base, folder);
  await writeSealed(folder, { ...contents, base }, async (temporary) => {
    await writeFile(join(temporary, ADAPTER_FILES.config), prettyJson(formatAdapterConfig(adapter)));
    const tensors = list(adapter.tensors, ADAPTER_NAMES.toDisk);
    const digest = await writeSafetensors(join(temporary, ADAPTER_FILES.parameters), tensors, {
      format: 'pt',
    });
    return { [ADAPTER_FILES.parameters]: digest };
  });
}

/** `write` gives the digests that it knows; the other files are read for theirs. */
async function writeSealed(
  folder: string,
  { optimizer, tokenizer, state, base }: Contents & { base?: SealedBase },
  write: (temporary: string) => Promise<Record<string, Digest>>,
): Promise<void> {
  await writeFolderAtomic(folder, async (temporary) => {
    const files = await write(temporary);
    if (optimizer !== undefined) {
      files[FILES.optimizer] = await writeSafetensors(join(temporary, FILES.optimizer), list(optimizer));
    }
    saveTokenizer(temporary, tokenizer);
    for (const name of await readdir(temporary)) files[name] ??= await digestFile(join(temporary, name));
    await writeFile(join(temporary, FILES.state), formatSeal({ state, files, ...(base && { base }) }));
  });
}

function list(tensors: WritableTensors, rename = (name: string) => name): NamedTensor[] {
  return Array.from(tensors, ([name, { shape, data }]) => ({ name: rename(name), shape, data }));
}

// Writes a checkpoint: a Hugging Face folder, plus what training needs to go on.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestFile, writeFolderAtomic } from '../base/files.ts';
import { type NamedTensor, writeSafetensors } from '../base/safetensors-file.ts';
import { saveTokenizer } from '../tokenizers/store.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { FILES, type State, type Tensors, type Weights } from './checkpoint.ts';
import { formatConfig } from './config-file.ts';
import { namesOnDisk } from './names.ts';
import { formatSeal } from './seal.ts';

export interface CheckpointContents extends Weights {
  readonly tokenizer: Tokenizer;
  readonly state: State;
}

/** A folder already there is replaced. The tensors must not change until this is done. */
export async function saveCheckpoint(folder: string, contents: CheckpointContents): Promise<void> {
  const { model, parameters, optimizer, tokenizer, state } = contents;
  await writeFolderAtomic(folder, async (temporary) => {
    const endOfText = tokenizer.endOfText ?? null;
    const digests: Record<string, Digest> = {};
    digests[FILES.parameters] = await writeSafetensors(
      join(temporary, FILES.parameters),
      list(parameters, namesOnDisk(model.arch).toDisk),
      { format: 'pt' },
    );
    if (optimizer !== undefined) {
      digests[FILES.optimizer] = await writeSafetensors(join(temporary, FILES.optimizer), list(optimizer));
    }
    await writeJson(join(temporary, FILES.config), formatConfig(model, tokenizer.endOfText));
    await writeJson(join(temporary, FILES.generation), { bos_token_id: endOfText, eos_token_id: endOfText });
    saveTokenizer(temporary, tokenizer);
    for (const name of await readdir(temporary)) digests[name] ??= await digestFile(join(temporary, name));
    await writeFile(join(temporary, FILES.state), formatSeal(state, digests));
  });
}

function list(tensors: Tensors, rename = (name: string) => name): NamedTensor[] {
  return Array.from(tensors, ([name, { shape, data }]) => ({ name: rename(name), shape, data }));
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

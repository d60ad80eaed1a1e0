// A model from disk, in any of the forms that others publish it in, as an ordinary checkpoint; read and written tensor by tensor.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ModelConfig } from '../architectures/config.ts';
import { parseConfig } from '../architectures/config-file.ts';
import { ARCHITECTURES, architectureOf } from '../architectures/list.ts';
import { TsgptError, UsageError } from '../base/errors.ts';
import { removeLeftovers } from '../base/leftovers.ts';
import { readable } from '../base/system-error.ts';
import { VERSION } from '../base/version.ts';
import { FILES } from '../checkpoint/checkpoint.ts';
import { folderOnDisk } from '../checkpoint/folder-on-disk.ts';
import { saveCheckpoint } from '../checkpoint/on-disk.ts';
import { openSealed } from '../checkpoint/sealed-folder.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { readSmallText } from './files.ts';
import { findModel, folderWith } from './find.ts';
import { openWeights } from './open-weights.ts';
import { type LazyTensor, parametersOf } from './parameters.ts';
import { readTokenizer } from './tokenizer.ts';

/** How an import is watched. */
export interface ImportOptions {
  /** Called when `done` tensors of `total` have been read, with the name of the next. */
  onTensor?: (done: number, total: number, name: string) => void;
}

/** What was read and written. */
export interface ImportedModel {
  /** The checkpoint. */
  folder: string;
  /** How many numbers it has learned. */
  parameters: number;
  /** The files that it was read from. */
  files: string[];
  /** The tokenizer's name. */
  tokenizer: string;
}

const MOST_CONFIG_BYTES = 1 << 20;

/**
 * Reads a model that was published in Hugging Face's form from disk, and writes it as a checkpoint of ours.
 * @param source A folder, or a .safetensors or .onnx file in one.
 * @param out The checkpoint's folder. It may hold an earlier import, which is replaced.
 * @example
 * import { importModel } from 'tsgpt';
 * const { folder, parameters } = await importModel('downloads/gpt2', 'checkpoints/gpt2');
 * console.log(folder, parameters);
 */
export async function importModel(
  source: string,
  out: string,
  { onTensor }: ImportOptions = {},
): Promise<ImportedModel> {
  const { weights: path, folders } = await findModel(source);
  await checkReplaceable(out);
  const { tokenizer, files: tokenizerFiles } = await readTokenizer(folders);
  const { config, file } = await readConfig(folders, tokenizer);
  if (tokenizer.vocabSize > config.vocabSize) {
    throw new TsgptError(
      `the tokenizer ${tokenizerFiles.join(', ')} has ${tokenizer.vocabSize} tokens, but the model in ${file} only ${config.vocabSize}`,
    );
  }
  const weights = await openWeights(path, importable(config, file));
  try {
    const parameters = parametersOf(weights, config, path);
    const files = [file, path, ...tokenizerFiles];
    await removeLeftovers(dirname(resolve(out)));
    await saveCheckpoint(out, {
      model: config,
      parameters: reported(parameters, onTensor),
      tokenizer,
      state: { imported: { files: files.map((name) => resolve(name)), tsgpt: VERSION } },
    });
    return { folder: out, parameters: count(parameters), files, tokenizer: tokenizer.name };
  } finally {
    await weights.close();
  }
}

async function readConfig(
  folders: readonly string[],
  { mask }: Tokenizer,
): Promise<{ config: ModelConfig; file: string }> {
  const folder = await folderWith(folders, [FILES.config]);
  if (folder === undefined) {
    throw new TsgptError(
      `there is no ${FILES.config} in ${folders.join(' or ')}`,
      'it belongs to the model: download it to the same folder',
    );
  }
  const file = join(folder, FILES.config);
  const beside = mask === undefined ? {} : { mask_token_id: mask };
  return { config: parseConfig(await readSmallText(file, MOST_CONFIG_BYTES), file, beside), file };
}

function importable(config: ModelConfig, file: string) {
  const { imports, title } = architectureOf(config);
  if (imports) return imports;
  const known = ARCHITECTURES.filter((other) => other.imports).flatMap(({ disk }) => disk.modelTypes);
  throw new TsgptError(
    `${file} describes a model of kind ${title}, but only ${known.join(', ')} can be imported`,
  );
}

/** A folder is replaced only if all it holds is what an import wrote. */
async function checkReplaceable(out: string): Promise<void> {
  if (!existsSync(out)) return;
  const names = await readdir(out).catch((error) => {
    throw readable(error, `reading ${out}`);
  });
  if (names.length === 0) return;
  const { seal } = await openSealed(folderOnDisk(out));
  const isOurs = (name: string) => name === FILES.state || Object.hasOwn(seal?.files ?? {}, name);
  if (seal !== undefined && 'imported' in seal.state && names.every(isOurs)) return;
  throw new UsageError(
    `${out} is there already, and is not a model that was imported`,
    'choose another --out',
  );
}

function reported(
  parameters: ReadonlyMap<string, LazyTensor>,
  onTensor: ImportOptions['onTensor'],
): Map<string, LazyTensor> {
  return new Map(
    Array.from(parameters, ([name, { shape, data }], done) => [
      name,
      {
        shape,
        data: () => {
          onTensor?.(done, parameters.size, name);
          return data();
        },
      },
    ]),
  );
}

function count(parameters: ReadonlyMap<string, LazyTensor>): number {
  let sum = 0;
  for (const { shape } of parameters.values()) sum += shape.reduce((product, size) => product * size, 1);
  return sum;
}

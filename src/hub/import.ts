// A model from disk, in any of the forms that others publish it in, as an ordinary checkpoint; read and written tensor by tensor.
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { ModelConfig } from '../architectures/config.ts';
import { parseConfig } from '../architectures/config-file.ts';
import { ARCHITECTURES, architectureOf } from '../architectures/list.ts';
import { TsgptError, UsageError, unexpected } from '../base/errors.ts';
import { parseJson } from '../base/json.ts';
import { removeLeftovers } from '../base/leftovers.ts';
import { VERSION } from '../base/version.ts';
import { FILES } from '../checkpoint/checkpoint.ts';
import { saveCheckpoint } from '../checkpoint/on-disk.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { readSmallText } from './files.ts';
import { findModel, folderWith } from './find.ts';
import { openWeights } from './open-weights.ts';
import { type LazyTensor, parametersOf } from './parameters.ts';
import { checkReplaceable } from './replaceable.ts';
import { fittedTokenizer, readTokenizer } from './tokenizer.ts';

/** How an import is watched. */
export interface ImportOptions {
  /** A shorter context than the model's own. */
  context?: number | undefined;
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
  /** What is otherwise than in the files. */
  notes: string[];
}

const MOST_CONFIG_BYTES = 1 << 20;

const positionsSchema = z.looseObject({ max_position_embeddings: z.unknown().optional() });

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
  { context, onTensor }: ImportOptions = {},
): Promise<ImportedModel> {
  const { weights: path, folders } = await findModel(source);
  await checkReplaceable(out);
  const { tokenizer: whole, files: tokenizerFiles } = await readTokenizer(folders);
  const { config: own, file, note } = await readConfig(folders, whole);
  const { tokenizer, leftOut } = fittedTokenizer(whole, own.vocabSize);
  const notes = [
    ...(note && context === undefined ? [note] : []),
    ...leftOut.map((token) => `the token ${token} is left out: the model has no vector for it`),
  ];
  if (tokenizer.vocabSize > own.vocabSize) {
    throw new TsgptError(
      `the tokenizer ${tokenizerFiles.join(', ')} has ${tokenizer.vocabSize} tokens, but the model in ${file} only ${own.vocabSize}`,
    );
  }
  const weights = await openWeights(path, importable(own, file));
  try {
    const parameters = parametersOf(weights, own, path);
    const model = context === undefined ? own : withContext(own, context);
    const files = [file, path, ...tokenizerFiles];
    await removeLeftovers(dirname(resolve(out)));
    await saveCheckpoint(out, {
      model,
      parameters: reported(parameters, onTensor),
      tokenizer,
      state: { imported: { files: files.map((name) => resolve(name)), tsgpt: VERSION } },
    });
    return { folder: out, parameters: count(parameters), files, tokenizer: tokenizer.name, notes };
  } finally {
    await weights.close();
  }
}

async function readConfig(
  folders: readonly string[],
  { mask }: Tokenizer,
): Promise<{ config: ModelConfig; file: string; note: string | undefined }> {
  const folder = await folderWith(folders, [FILES.config]);
  if (folder === undefined) {
    throw new TsgptError(
      `there is no ${FILES.config} in ${folders.join(' or ')}`,
      'it belongs to the model: download it to the same folder',
    );
  }
  const file = join(folder, FILES.config);
  const beside = mask === undefined ? {} : { mask_token_id: mask };
  const text = await readSmallText(file, MOST_CONFIG_BYTES);
  const config = parseConfig(text, file, beside);
  const { max_position_embeddings: most } = parseJson(text, positionsSchema, file);
  const note =
    typeof most === 'number' && most > config.context
      ? `its context is ${config.context} instead of ${most} tokens: so far its attention reaches, and tsgpt’s does not slide`
      : undefined;
  return { config, file, note };
}

/** Of a model whose weights have been found; what it learned for each position keeps its context as it is. */
function withContext(config: ModelConfig, context: number): ModelConfig {
  if (!Number.isSafeInteger(context) || context < 1 || context > config.context)
    throw unexpected('context', `a whole number from 1 to the model’s own ${config.context}`, context);
  const shorter = { ...config, context };
  const sizesOf = (model: ModelConfig) =>
    Array.from(architectureOf(model).parameters(model), ({ shape }) => shape.join()).join(' ');
  if (sizesOf(shorter) === sizesOf(config)) return shorter;
  throw new UsageError(
    `the model has learned something for each of its ${config.context} positions, and keeps that context`,
    'leave --context out; train has --window',
  );
}

function importable(config: ModelConfig, file: string) {
  const { imports, title } = architectureOf(config);
  if (imports) return imports;
  const known = ARCHITECTURES.filter((other) => other.imports).flatMap(({ disk }) => disk.modelTypes);
  throw new TsgptError(
    `${file} describes a model of kind ${title}, but only ${known.join(', ')} can be imported`,
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

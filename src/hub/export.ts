// A checkpoint as others want it: a plain Hugging Face folder, or ONNX files that transformers.js runs.

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture } from '../architectures/architecture.ts';
import type { ModelConfig } from '../architectures/config.ts';
import { formatConfig, formatGeneration } from '../architectures/config-file.ts';
import { architectureOf } from '../architectures/list.ts';
import { maskOf } from '../architectures/masked-model.ts';
import { writeFolderAtomic } from '../base/atomic-files.ts';
import { TsgptError, UsageError } from '../base/errors.ts';
import { prettyJson } from '../base/json.ts';
import { writeSafetensors } from '../base/safetensors-disk.ts';
import { turnedLater } from '../base/turned.ts';
import { FILES, type Tensors } from '../checkpoint/checkpoint.ts';
import { loadCheckpoint } from '../checkpoint/on-disk.ts';
import type { Dtype } from '../formats/onnx/dtypes.ts';
import { checkpointFolder, type Which, withOffer } from '../run/open.ts';
import { saveTokenizer } from '../tokenizers/store.ts';
import { checkTarget, listFiles, MARK } from './export-folder.ts';
import { writeOnnxFiles } from './export-onnx.ts';
import type { ExportFormat } from './formats.ts';

/** How a model is exported. */
export interface ExportOptions {
  format: ExportFormat;
  /** For onnx: one file each. Without: fp32. */
  dtypes?: readonly Dtype[];
  /** Which checkpoint of a run is exported; the best if not given. */
  which?: Which;
  /** For onnx: a file that would be larger keeps its tensors in a second one. Without: 2 GB, the format's limit. */
  singleFileBytes?: number;
}

/** What was written. */
export interface Exported {
  /** The checkpoint that it was made from. */
  checkpoint: string;
  /** Paths within the folder. */
  files: { path: string; bytes: number }[];
}

/**
 * Writes a model for other programs: `hf` for Python's transformers, `onnx` for transformers.js.
 * @param path A run or a checkpoint.
 * @param out A new folder, or an earlier export, which is replaced.
 * @example
 * import { exportModel } from 'tsgpt';
 * const { files } = await exportModel('checkpoints/poems', 'exports/poems', { format: 'onnx', dtypes: ['fp32', 'int8'] });
 * for (const { path, bytes } of files) console.log(path, bytes);
 */
export async function exportModel(path: string, out: string, options: ExportOptions): Promise<Exported> {
  const { format, dtypes = ['fp32'], which = 'best' } = options;
  await checkTarget(out);
  const checkpoint = await checkpointFolder(path, which);
  const { model, parameters, tokenizer } = await loadCheckpoint(checkpoint, { optimizer: false }).catch(
    async (error) => {
      throw await withOffer(error);
    },
  );
  const architecture = architectureOf(model);
  const words = await tokenizer();
  const write = writerFor(architecture, format, dtypes);
  const tensors = renamed(parameters, architecture);
  await writeFolderAtomic(out, async (temporary) => {
    saveTokenizer(temporary, words, architecture.hf ? { longest: model.context, mask: maskOf(model) } : {});
    await rm(join(temporary, 'meta.json')); // our own, for people
    await writeFile(join(temporary, FILES.generation), prettyJson(formatGeneration(words.endOfText)));
    const more = await write(temporary, model, tensors, options.singleFileBytes);
    const config = { ...formatConfig(model, words.endOfText), ...more, ...MARK };
    await writeFile(join(temporary, FILES.config), prettyJson(config));
  });
  return { checkpoint, files: await listFiles(out) };
}

type Write = (
  folder: string,
  model: ModelConfig,
  tensors: Tensors,
  singleFileBytes?: number,
) => Promise<object>;

/** Refuses what the architecture cannot be written as. It returns what config.json must say beside. */
function writerFor({ title, hf, onnx }: Architecture, format: ExportFormat, dtypes: readonly Dtype[]): Write {
  if (format === 'hf') {
    if (hf) return writeWeights;
    throw new UsageError(
      `Hugging Face knows no model of the kind ${title}`,
      onnx ? 'export it with --format onnx' : 'it can be used as the checkpoint that it is',
    );
  }
  if (onnx === undefined)
    throw new UsageError(`models of the kind ${title} do not export to ONNX`, 'try --format hf');
  const other = dtypes.find((dtype) => !onnx.dtypes.includes(dtype));
  if (other !== undefined)
    throw new UsageError(
      `models of the kind ${title} export as ${onnx.dtypes.join(', ')} only, not as ${other}`,
    );
  return (folder, model, tensors, singleFileBytes) =>
    writeOnnxFiles(folder, onnx, model, tensors, dtypes, singleFileBytes);
}

function renamed(parameters: Tensors, { disk }: Architecture): Tensors {
  return new Map([...parameters].map(([name, tensor]) => [disk.toDisk(name), tensor]));
}

/** Exactly the tensors of such a model. */
async function writeWeights(folder: string, model: ModelConfig, tensors: Tensors): Promise<object> {
  const { parameters, disk } = architectureOf(model);
  const own = Array.from(parameters(model), ({ name, shape }) => {
    const stored = disk.toDisk(name);
    const tensor = tensors.get(stored);
    if (tensor?.shape.join() === shape.join())
      return { ...(disk.isTurned?.(name) ? turnedLater(tensor) : tensor), name: stored };
    const got = tensor === undefined ? 'it has none' : `got (${tensor.shape})`;
    throw new TsgptError(
      `expected tensor ${stored} of shape (${shape}) in the checkpoint, but ${got}`,
      'config.json must be that of the weights',
    );
  });
  await writeSafetensors(join(folder, FILES.parameters), own, { format: 'pt' });
  return {};
}

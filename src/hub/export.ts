// A checkpoint as others want it: a plain Hugging Face folder, ONNX files that transformers.js runs, or GGUF files for llama.cpp.

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
import { GGUF_DTYPES, type GgufDtype } from '../formats/gguf/dtypes.ts';
import type { Dtype } from '../formats/onnx/dtypes.ts';
import { checkpointFolder, type Which, withOffer } from '../run/open.ts';
import { saveTokenizer } from '../tokenizers/store.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { checkTarget, listFiles, MARK } from './export-folder.ts';
import { writeGgufFiles } from './export-gguf.ts';
import { writeOnnxFiles } from './export-onnx.ts';
import type { ExportFormat } from './formats.ts';

/** How a model is exported. */
export interface ExportOptions {
  format: ExportFormat;
  /** For onnx and gguf, each has its own: one file each. Without: fp32, f32. */
  dtypes?: readonly (Dtype | GgufDtype)[];
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
  /** What the files hold otherwise than asked for. */
  notes: string[];
}

/**
 * Writes a model for other programs: `hf` for Python's transformers, `onnx` for transformers.js, `gguf` for llama.cpp and Ollama.
 * @param path A run or a checkpoint.
 * @param out A new folder, or an earlier export, which is replaced.
 * @example
 * import { exportModel } from 'tsgpt';
 * const { files } = await exportModel('checkpoints/poems', 'exports/poems', { format: 'onnx', dtypes: ['fp32', 'int8'] });
 * for (const { path, bytes } of files) console.log(path, bytes);
 */
export async function exportModel(path: string, out: string, options: ExportOptions): Promise<Exported> {
  const { which = 'best' } = options;
  await checkTarget(out);
  const checkpoint = await checkpointFolder(path, which);
  const { model, parameters, tokenizer } = await loadCheckpoint(checkpoint, { optimizer: false }).catch(
    async (error) => {
      throw await withOffer(error);
    },
  );
  const architecture = architectureOf(model);
  const words = await tokenizer();
  const write = writerFor(architecture, model, options);
  const content = { model, tensors: renamed(parameters, architecture), tokenizer: words, out };
  checkTensors(model, content.tensors);
  let notes: string[] = [];
  await writeFolderAtomic(out, async (temporary) => {
    const { more = {}, notes: said = [] } = await write(temporary, content);
    notes = said;
    const config = { ...formatConfig(model, words), ...more, ...MARK };
    await writeFile(join(temporary, FILES.config), prettyJson(config));
  });
  return { checkpoint, files: await listFiles(out), notes };
}

interface Content {
  model: ModelConfig;
  tensors: Tensors;
  tokenizer: Tokenizer;
  out: string;
}

/** Returns what config.json must say beside, and what the user should know. */
type Write = (folder: string, content: Content) => Promise<{ more?: object; notes?: string[] }>;

/** Refuses what the architecture cannot be written as. */
function writerFor(
  { title, hf, unlikeHub, onnx, gguf }: Architecture,
  model: ModelConfig,
  { format, dtypes, singleFileBytes }: ExportOptions,
): Write {
  if (format === 'gguf') {
    const unlike = gguf?.unlike?.(model);
    if (gguf === undefined || unlike !== undefined)
      throw new UsageError(
        `llama.cpp knows no model of the kind ${withPart(title, unlike)}`,
        'try --format onnx',
      );
    const chosen = (dtypes ?? ['f32']).map((dtype) => oneOfThese(dtype, GGUF_DTYPES, title));
    return async (folder, content) => ({ notes: await writeGgufFiles(folder, gguf, chosen, content) });
  }
  if (format === 'hf') {
    const unlike = unlikeHub?.(model);
    if (hf && unlike === undefined) return writeWeights;
    throw new UsageError(
      `Hugging Face knows no model of the kind ${withPart(title, unlike)}`,
      onnx ? 'export it with --format onnx' : 'it can be used as the checkpoint that it is',
    );
  }
  if (onnx === undefined)
    throw new UsageError(`models of the kind ${title} do not export to ONNX`, 'try --format hf');
  const chosen = (dtypes ?? ['fp32']).map((dtype) => oneOfThese(dtype, onnx.dtypes, title));
  return async (folder, content) => {
    await writeTokenizer(folder, content);
    const { model, tensors } = content;
    return { more: await writeOnnxFiles(folder, onnx, model, tensors, chosen, singleFileBytes) };
  };
}

function withPart(title: string, part: string | undefined): string {
  return part === undefined ? title : `${title} with ${part}`;
}

function oneOfThese<Known extends string>(dtype: string, known: readonly Known[], title: string): Known {
  const found = known.find((one) => one === dtype);
  if (found !== undefined) return found;
  throw new UsageError(`models of the kind ${title} export as ${known.join(', ')} only, not as ${dtype}`);
}

async function writeTokenizer(folder: string, { model, tokenizer }: Content): Promise<void> {
  const { hf } = architectureOf(model);
  saveTokenizer(folder, tokenizer, hf ? { longest: model.context, mask: maskOf(model) } : {});
  await rm(join(folder, 'meta.json')); // our own, for people
  await writeFile(join(folder, FILES.generation), prettyJson(formatGeneration(tokenizer)));
}

function checkTensors(model: ModelConfig, tensors: Tensors): void {
  const { parameters, disk } = architectureOf(model);
  for (const { name, shape } of parameters(model)) {
    const stored = disk.toDisk(name);
    const tensor = tensors.get(stored);
    if (tensor?.shape.join() === shape.join()) continue;
    const got = tensor === undefined ? 'it has none' : `got (${tensor.shape})`;
    throw new TsgptError(
      `expected tensor ${stored} of shape (${shape}) in the checkpoint, but ${got}`,
      'config.json must be that of the weights',
    );
  }
}

function renamed(parameters: Tensors, { disk }: Architecture): Tensors {
  return new Map([...parameters].map(([name, tensor]) => [disk.toDisk(name), tensor]));
}

/** Exactly the tensors of such a model. */
async function writeWeights(folder: string, content: Content): Promise<object> {
  const { model, tensors } = content;
  await writeTokenizer(folder, content);
  const { parameters, disk } = architectureOf(model);
  const own = Array.from(parameters(model), ({ name }) => {
    const stored = disk.toDisk(name);
    const tensor = tensors.get(stored)!;
    return { ...(disk.isTurned?.(name) ? turnedLater(tensor) : tensor), name: stored };
  });
  await writeSafetensors(join(folder, FILES.parameters), own, { format: 'pt' });
  return {};
}

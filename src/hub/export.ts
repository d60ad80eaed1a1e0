// A checkpoint as others want it: a plain Hugging Face folder, or ONNX files that transformers.js runs.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFolderAtomic } from '../base/atomic-files.ts';
import { UsageError } from '../base/errors.ts';
import { prettyJson } from '../base/json.ts';
import { writeSafetensors } from '../base/safetensors-disk.ts';
import { FILES, type Tensors } from '../checkpoint/checkpoint.ts';
import { formatConfig, formatGeneration } from '../checkpoint/config-file.ts';
import { namesOnDisk } from '../checkpoint/names.ts';
import { loadCheckpoint } from '../checkpoint/on-disk.ts';
import type { Arch, ModelConfig } from '../config/model.ts';
import { checkpointFolder, type Which, withOffer } from '../run/open.ts';
import { saveTokenizer } from '../tokenizers/store.ts';
import { checkTarget, listFiles, MARK } from './export-folder.ts';
import { graphOf, writeOnnxFiles } from './export-onnx.ts';
import type { Dtype, ExportFormat } from './formats.ts';

export interface ExportOptions {
  format: ExportFormat;
  /** For onnx: one file each. Without: fp32. */
  dtypes?: readonly Dtype[];
  /** Of a run: best, if not said otherwise. */
  which?: Which;
  /** For onnx: a file that would be larger keeps its tensors in a second one. Without: 2 GB, the format's limit. */
  singleFileBytes?: number;
}

export interface Exported {
  /** The checkpoint that it was made from. */
  checkpoint: string;
  /** Paths within the folder. */
  files: { path: string; bytes: number }[];
}

/** `out`: a new folder, or an earlier export, which is replaced. */
export async function exportModel(path: string, out: string, options: ExportOptions): Promise<Exported> {
  const { format, dtypes = ['fp32'], which = 'best' } = options;
  await checkTarget(out);
  const checkpoint = await checkpointFolder(path, which);
  const { model, parameters, tokenizer } = await loadCheckpoint(checkpoint, { optimizer: false }).catch(
    async (error) => {
      throw await withOffer(error);
    },
  );
  checkPossible(model.arch, format, dtypes);
  const words = await tokenizer();
  const tensors = renamed(parameters, model.arch);
  await writeFolderAtomic(out, async (temporary) => {
    saveTokenizer(temporary, words, model.arch === 'gpt' ? { longest: model.context } : {});
    await rm(join(temporary, 'meta.json')); // our own, for people
    await writeFile(join(temporary, FILES.generation), prettyJson(formatGeneration(words.endOfText)));
    const more =
      format === 'onnx'
        ? await writeOnnxFiles(temporary, model, tensors, dtypes, options.singleFileBytes)
        : await writeWeights(temporary, model, tensors);
    const config = { ...formatConfig(model, words.endOfText), ...more, ...MARK };
    await writeFile(join(temporary, FILES.config), prettyJson(config));
  });
  return { checkpoint, files: await listFiles(out) };
}

function checkPossible(arch: Arch, format: ExportFormat, dtypes: readonly Dtype[]): void {
  if (arch === 'gpt') return;
  if (format === 'hf') {
    throw new UsageError('Hugging Face knows no model of this LSTM’s kind', 'export it with --format onnx');
  }
  const other = dtypes.find((dtype) => dtype !== 'fp32');
  if (other !== undefined) throw new UsageError(`an LSTM exports as fp32 only, not as ${other}`);
}

function renamed(parameters: Tensors, arch: Arch): Tensors {
  const { toDisk } = namesOnDisk(arch);
  return new Map([...parameters].map(([name, tensor]) => [toDisk(name), tensor]));
}

/** Exactly the tensors of such a model. */
async function writeWeights(folder: string, model: ModelConfig, tensors: Tensors): Promise<void> {
  const { initializers } = graphOf(model, tensors, 'fp32'); // which refuses what is missing or misshapen
  const list = Array.from(tensors, ([name, { shape, data }]) => ({ name, shape, data }));
  const own = list.filter(({ name }) => initializers.has(name));
  await writeSafetensors(join(folder, FILES.parameters), own, { format: 'pt' });
}

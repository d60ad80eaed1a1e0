// The ONNX files of an export, under the names by which transformers.js looks for them.
import { copyFile, link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tensors } from '../checkpoint/checkpoint.ts';
import type { ModelConfig } from '../config/model.ts';
import { ONNX_FOLDER } from './export-folder.ts';
import type { Dtype } from './formats.ts';
import type { GraphBuilder } from './onnx/graph-builder.ts';
import { gptGraph } from './onnx/graph-gpt.ts';
import { lstmGraph } from './onnx/graph-lstm.ts';
import { writeContents } from './onnx/write-file.ts';
import { modelBytes } from './onnx/write-model.ts';

/** Each file's name, and its further ones: for the dtype int8 of version 4, and for version 2. */
const NAMES: Readonly<Record<Dtype, readonly [name: string, ...others: string[]]>> = {
  fp32: ['model', 'decoder_model_merged'],
  fp16: ['model_fp16'],
  int8: ['model_quantized', 'model_int8', 'decoder_model_merged_quantized'],
};

/** Returns what transformers.js must find in config.json. */
export async function writeOnnxFiles(
  folder: string,
  model: ModelConfig,
  tensors: Tensors,
  dtypes: readonly Dtype[],
  singleFileBytes?: number,
): Promise<object> {
  await mkdir(join(folder, ONNX_FOLDER));
  const external: Record<string, number> = {};
  for (const dtype of new Set(dtypes)) {
    const [name, ...others] = NAMES[dtype].map((name) => `${name}.onnx`);
    const path = (name: string) => join(folder, ONNX_FOLDER, name);
    const { model: main, external: data } = modelBytes(
      graphOf(model, tensors, dtype),
      `${name}_data`,
      singleFileBytes,
    );
    await writeContents(path(name!), main);
    if (data.length > 0) {
      external[name!] = 1;
      await writeContents(path(`${name}_data`), data);
    } else if (model.arch === 'gpt') {
      for (const other of others) await linkOrCopy(path(name!), path(other));
    }
  }
  if (model.arch !== 'gpt') return {};
  return {
    'transformers.js_config': {
      kv_cache_dtype: { fp16: 'float16' }, // version 3 asks; 4 sees for itself
      ...(Object.keys(external).length > 0 && { use_external_data_format: external }),
    },
  };
}

export function graphOf(model: ModelConfig, tensors: Tensors, dtype: Dtype): GraphBuilder {
  return model.arch === 'gpt' ? gptGraph(model, tensors, dtype) : lstmGraph(model, tensors);
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

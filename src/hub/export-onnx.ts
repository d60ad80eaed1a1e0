// The ONNX files of an export, under the names by which transformers.js looks for them.
import { copyFile, link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OnnxForm } from '../architectures/architecture.ts';
import type { ModelConfig } from '../architectures/config.ts';
import { architectureOf } from '../architectures/list.ts';
import type { Tensors } from '../checkpoint/checkpoint.ts';
import type { Dtype } from '../formats/onnx/dtypes.ts';
import { writeContents } from '../formats/onnx/write-file.ts';
import { modelBytes } from '../formats/onnx/write-model.ts';
import { ONNX_FOLDER } from './export-folder.ts';

/** The name of a model that is one graph. */
const WHOLE = 'model';

/** Each file's name, and its further ones: for the dtype int8 of version 4, and for version 2. */
const NAMES: Readonly<Record<Dtype, readonly [name: string, ...others: string[]]>> = {
  fp32: ['model', 'decoder_model_merged'],
  fp16: ['model_fp16'],
  int4: ['model_q4'],
  int8: ['model_quantized', 'model_int8', 'decoder_model_merged_quantized'],
};

/** Returns what transformers.js must find in config.json. */
export async function writeOnnxFiles(
  folder: string,
  onnx: OnnxForm<ModelConfig>,
  model: ModelConfig,
  tensors: Tensors,
  dtypes: readonly Dtype[],
  singleFileBytes?: number,
): Promise<object> {
  const isKnown = onnx.forTransformersJs && architectureOf(model).unlikeHub?.(model) === undefined;
  const { graph } = await onnx.load();
  await mkdir(join(folder, ONNX_FOLDER));
  const external: Record<string, number> = {};
  const { parts = [WHOLE] } = onnx;
  for (const [dtype, part] of [...new Set(dtypes)].flatMap((dtype) =>
    parts.map((part) => [dtype, part] as const),
  )) {
    const [name, ...others] = NAMES[dtype].map((name) => `${name.replace(WHOLE, part)}.onnx`);
    const path = (name: string) => join(folder, ONNX_FOLDER, name);
    const { model: main, external: data } = modelBytes(
      graph(model, tensors, dtype, part),
      `${name}_data`,
      singleFileBytes,
    );
    await writeContents(path(name!), main);
    if (data.length > 0) {
      external[name!] = 1;
      await writeContents(path(`${name}_data`), data);
    } else if (isKnown) {
      for (const other of others) await linkOrCopy(path(name!), path(other));
    }
  }
  if (!isKnown) return {};
  return {
    'transformers.js_config': {
      kv_cache_dtype: { fp16: 'float16' }, // version 3 asks; 4 sees for itself
      ...(Object.keys(external).length > 0 && { use_external_data_format: external }),
    },
  };
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

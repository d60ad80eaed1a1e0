// The GGUF files of an export: one for each dtype, with all that llama.cpp and Ollama need.
import { basename, join, resolve } from 'node:path';
import type { GgufForm } from '../architectures/architecture.ts';
import type { ModelConfig } from '../architectures/config.ts';
import type { Tensors } from '../checkpoint/checkpoint.ts';
import type { GgufDtype } from '../formats/gguf/dtypes.ts';
import { text } from '../formats/gguf/metadata.ts';
import { tokenizerMetadata } from '../formats/gguf/tokenizer.ts';
import { writeGguf } from '../formats/gguf/write-file.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

export interface GgufContent {
  model: ModelConfig;
  tensors: Tensors;
  tokenizer: Tokenizer;
  /** The folder that the export will be, for the model's name. */
  out: string;
}

/** Returns a note on each file whose tensors are not all of its dtype. */
export async function writeGgufFiles(
  folder: string,
  gguf: GgufForm<ModelConfig>,
  dtypes: readonly GgufDtype[],
  { model, tensors, tokenizer, out }: GgufContent,
): Promise<string[]> {
  const about = {
    'general.name': text(basename(resolve(out))),
    ...tokenizerMetadata(tokenizer, model.vocabSize),
  };
  const { describe } = await gguf.load();
  const described = describe(model, tensors);
  const notes: string[] = [];
  for (const dtype of new Set(dtypes)) {
    const name = dtypes.length === 1 ? 'model.gguf' : `model-${dtype}.gguf`;
    const kept = await writeGguf(join(folder, name), described, dtype, about);
    if (kept.length > 0)
      notes.push(
        `${name}: ${kept.length} of ${described.tensors.length} tensors are f16, as their rows are no multiple of 32 long: ${kept[0]}, …`,
      );
  }
  return notes;
}

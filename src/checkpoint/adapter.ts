// A LoRA adapter as Python's PEFT lays it out, and what it makes of its base's weights.
import { z } from 'zod';
import type { ModelConfig } from '../architectures/config.ts';
import { architectureOf } from '../architectures/list.ts';
import { TsgptError } from '../base/errors.ts';
import type { FloatTensor } from '../base/safetensors-file.ts';
import { LORA_PARTS } from '../settings/fine-tuning.ts';
import type { Base, Tensors } from './checkpoint.ts';

export const ADAPTER_FILES = {
  config: 'adapter_config.json',
  parameters: 'adapter_model.safetensors',
} as const;

export interface Adapter {
  /** `h.0.attn.c_attn.lora_A.weight` (rank, in), `h.0.attn.c_attn.lora_B.weight` (out, rank), and so on. */
  readonly tensors: Tensors;
  readonly rank: number;
  readonly alpha: number;
  /** The checkpoint whose weights it was trained for. */
  readonly base: Base;
}

export const adapterConfigSchema = z.looseObject({
  base_model_name_or_path: z.string(),
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
});

export function formatAdapterConfig({ tensors, rank, alpha, base }: Adapter, model: ModelConfig): object {
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base.folder,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    target_modules: modulesOf(tensors),
    fan_in_fan_out: architectureOf(model).lora?.fanInFanOut ?? false,
    bias: 'none',
    inference_mode: true,
  };
}

/** Our tensor names ↔ PEFT's, which are those of the model with a prefix. */
const PREFIX = 'base_model.model.';
export function adapterNames(model: ModelConfig) {
  const { disk } = architectureOf(model);
  return {
    toDisk: (name: string) => PREFIX + disk.toDisk(name),
    fromDisk: (name: string) => disk.fromDisk(name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name),
  };
}

/** Such an adapter lacks the base's SHA-256, and added to other weights it would silently give a wrong model. */
export function madeElsewhere(folder: string): TsgptError {
  return new TsgptError(
    `${folder} holds an adapter that tsgpt did not make`,
    'merge it into its base first, in Python: model.merge_and_unload().save_pretrained(folder)',
  );
}

/** Merges the adapter into the weights: W (in, out) + alpha / rank · (B·A)ᵀ. `where` is only named in errors. */
export function merged(parameters: Tensors, adapter: Adapter, where: string): Tensors {
  const all = new Map(parameters);
  for (const module of modulesOf(adapter.tensors)) {
    const name = `${module}.weight`;
    const weight = parameters.get(name);
    if (weight?.shape.length !== 2) throw new TsgptError(`${where} is for ${name}, which its base has not`);
    const [inputs, outputs] = weight.shape as [number, number];
    const down = factor(adapter, `${module}.${LORA_PARTS.down}`, [adapter.rank, inputs], where);
    const up = factor(adapter, `${module}.${LORA_PARTS.up}`, [outputs, adapter.rank], where);
    all.set(name, { shape: weight.shape, data: sum(weight.data, down, up, adapter) });
  }
  return all;
}

function sum(
  weight: Float32Array,
  down: Float32Array,
  up: Float32Array,
  { rank, alpha }: Adapter,
): Float32Array {
  const [inputs, outputs] = [down.length / rank, up.length / rank];
  const changed = new Float32Array(weight.length);
  const column = new Float64Array(rank); // column i of A, scaled by alpha / rank
  for (let i = 0; i < inputs; i++) {
    for (let r = 0; r < rank; r++) column[r] = (alpha / rank) * down[r * inputs + i]!;
    for (let o = 0; o < outputs; o++) {
      let added = 0;
      for (let r = 0; r < rank; r++) added += column[r]! * up[o * rank + r]!;
      changed[i * outputs + o] = weight[i * outputs + o]! + added;
    }
  }
  return changed;
}

function factor({ tensors }: Adapter, name: string, shape: [number, number], where: string): Float32Array {
  const tensor: FloatTensor | undefined = tensors.get(name);
  if (tensor?.shape.join() === shape.join()) return tensor.data;
  const got = tensor === undefined ? 'it has none' : `got (${tensor.shape})`;
  throw new TsgptError(`${where}: expected ${name} of shape (${shape}), but ${got}`);
}

/** Returns the names of the layers that the adapter changes: `h.0.attn.c_attn` and so on. */
function modulesOf(tensors: Tensors): string[] {
  const module = (name: string) => name.replace(/\.lora_[AB]\.weight$/, '');
  return [...new Set(Array.from(tensors.keys(), module))];
}

// A LoRA adapter as Python's PEFT lays it out, and what it makes of its base's weights.
import type { ModelConfig } from '../architectures/config.ts';
import { architectureOf } from '../architectures/list.ts';
import { TsgptError } from '../base/errors.ts';
import type { FloatTensor } from '../base/safetensors-file.ts';
import { LORA_PARTS, type LoraSizes, moduleSizes } from '../settings/fine-tuning.ts';
import { parseAdapterConfig } from './adapter-config.ts';
import type { Base, Tensors } from './checkpoint.ts';
import type { FolderFile } from './folder.ts';

export const ADAPTER_FILES = {
  config: 'adapter_config.json',
  parameters: 'adapter_model.safetensors',
} as const;

export interface Adapter extends LoraSizes {
  /** `h.0.attn.c_attn.lora_A.weight` (rank, in), `h.0.attn.c_attn.lora_B.weight` (out, rank), and so on. */
  readonly tensors: Tensors;
  /** The checkpoint whose weights it was trained for. */
  readonly base: Base;
}

export function formatAdapterConfig(adapter: Adapter, model: ModelConfig): object {
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: adapter.base.folder,
    r: adapter.rank,
    lora_alpha: adapter.alpha,
    lora_dropout: 0,
    use_rslora: adapter.rankStabilised ?? false,
    rank_pattern: adapter.ranks ?? {},
    alpha_pattern: adapter.alphas ?? {},
    target_modules: modulesOf(adapter.tensors),
    fan_in_fan_out: fanInFanOut(model),
    bias: 'none',
    inference_mode: true,
  };
}

/** Reads an adapter for a base that is this model, and checks that it fits. */
export async function readAdapter(
  files: { config: FolderFile; tensors: Tensors },
  model: ModelConfig,
  base: Base,
  where: string,
): Promise<Adapter> {
  const { config, tensors } = files;
  const { sizesOf, fanInFanOut: turned } = parseAdapterConfig(await config.text(), config.path);
  if (turned !== fanInFanOut(model))
    throw new TsgptError(`${config.path} says fan_in_fan_out ${turned}, which its base’s weights are not`);
  const { toDisk } = architectureOf(model).disk;
  const modules = modulesOf(tensors);
  const stored = new Map(modules.map((module) => [toDisk(module), module]));
  const { ranks, alphas, ...sizes } = sizesOf([...stored.keys()]);
  const own = (values: Readonly<Record<string, number>> = {}) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [stored.get(name)!, value]));
  const adapter = { ...sizes, ranks: own(ranks), alphas: own(alphas), tensors, base };
  checkFits(adapter, model, where);
  return adapter;
}

function fanInFanOut(model: ModelConfig): boolean {
  return architectureOf(model).lora?.fanInFanOut ?? false;
}

/** Our tensor names ↔ PEFT's, which are those of the model with a prefix. */
const PREFIX = 'base_model.model.';
const PART = /\.lora_[AB]\.weight$/;
export function adapterNames(model: ModelConfig, where: string) {
  const { disk } = architectureOf(model);
  return {
    toDisk: (name: string) => PREFIX + disk.toDisk(name),
    fromDisk(stored: string) {
      const name = stored.startsWith(PREFIX) ? stored.slice(PREFIX.length) : stored;
      if (PART.test(name)) return disk.fromDisk(name);
      throw new TsgptError(`${where} holds ${stored}, which is no part of a LoRA adapter of a matrix`);
    },
  };
}

/** Such an adapter lacks the base's SHA-256, and added to other weights it would silently give a wrong model. */
export function madeElsewhere(folder: string): TsgptError {
  return new TsgptError(
    `${folder} holds an adapter that tsgpt did not make`,
    `say which checkpoint it was trained for: tsgpt import ${folder} --base <checkpoint>`,
  );
}

/** Merges the adapter into a weight that it changes: W (in, out) + scale · (B·A)ᵀ. `where` is only named in errors. */
export function mergedWeight(
  name: string,
  weight: FloatTensor,
  adapter: Adapter,
  where: string,
): FloatTensor {
  const module = name.replace(/\.weight$/, '');
  if (!adapter.tensors.has(`${module}.${LORA_PARTS.down}`)) return weight;
  const { down, up } = factorsOf(adapter, module, weight.shape, where);
  const { rank, scale } = moduleSizes(adapter, module);
  return { shape: weight.shape, data: sum(weight.data, down, up, rank, scale) };
}

function checkFits(adapter: Adapter, model: ModelConfig, where: string): void {
  const specs = new Map(Array.from(architectureOf(model).parameters(model), (spec) => [spec.name, spec]));
  const modules = modulesOf(adapter.tensors);
  if (modules.length === 0) throw new TsgptError(`${where} holds no adapter of any weight`);
  for (const module of modules) {
    const spec = specs.get(`${module}.weight`);
    if (spec === undefined) throw new TsgptError(`${where} is for ${module}.weight, which its base has not`);
    if (spec.role !== 'matrix') throw new TsgptError(`${where} is for ${spec.name}, which takes no adapter`);
    factorsOf(adapter, module, spec.shape, where);
  }
}

function sum(
  weight: Float32Array,
  down: Float32Array,
  up: Float32Array,
  rank: number,
  scale: number,
): Float32Array {
  const [inputs, outputs] = [down.length / rank, up.length / rank];
  const changed = new Float32Array(weight.length);
  const column = new Float64Array(rank); // column i of A, scaled
  for (let i = 0; i < inputs; i++) {
    for (let r = 0; r < rank; r++) column[r] = scale * down[r * inputs + i]!;
    for (let o = 0; o < outputs; o++) {
      let added = 0;
      for (let r = 0; r < rank; r++) added += column[r]! * up[o * rank + r]!;
      changed[i * outputs + o] = weight[i * outputs + o]! + added;
    }
  }
  return changed;
}

/** A (rank, in) and B (out, rank) of a weight of shape (in, out). */
function factorsOf(adapter: Adapter, module: string, [inputs, outputs]: readonly number[], where: string) {
  const { rank } = moduleSizes(adapter, module);
  const factor = (part: string, shape: readonly number[]) => {
    const name = `${module}.${part}`;
    const tensor = adapter.tensors.get(name);
    if (tensor?.shape.join() === shape.join()) return tensor.data;
    const got = tensor === undefined ? 'it has none' : `got (${tensor.shape})`;
    throw new TsgptError(`${where}: expected ${name} of shape (${shape}), but ${got}`);
  };
  return { down: factor(LORA_PARTS.down, [rank, inputs!]), up: factor(LORA_PARTS.up, [outputs!, rank]) };
}

/** Returns the names of the layers that the adapter changes: `h.0.attn.c_attn` and so on. */
export function modulesOf(tensors: Tensors): string[] {
  return [...new Set(Array.from(tensors.keys(), (name) => name.replace(PART, '')))];
}

// LoRA (Hu et al. 2021): to the product with some weights W (in, out) a model adds alpha / rank · (x·Aᵀ)·Bᵀ. W stays; A and B
// are trained. B begins at zero, so the model begins as it was. Names and layouts are those of Python's PEFT.
import * as tf from '#tfjs';
import { initialise } from '../architectures/assembly.ts';
import type { Model } from '../architectures/language-model.ts';
import { architectureOf } from '../architectures/list.ts';
import { matchNames } from '../base/name-patterns.ts';
import { matrix, type ParameterSpec, uniform, zero } from '../layers/parameters.ts';
import type { LowRank } from '../ops/index.ts';
import { LORA_PARTS, type LoraConfig, moduleSizes } from '../settings/fine-tuning.ts';

/** Returns what is to be trained: `h.0.attn.c_attn.lora_A.weight` (rank, in), `….lora_B.weight` (out, rank), and so on. */
export function addLora(model: Model, lora: LoraConfig, seed: number): Map<string, tf.Variable> {
  const matrices = Array.from(architectureOf(model.config).parameters(model.config))
    .filter(({ role }) => role === 'matrix')
    .map(({ name }) => name);
  const adapter = new Map<string, tf.Variable>();
  const specs: ParameterSpec[] = [];
  for (const name of matchNames(lora.targets, matrices, '--lora-targets')) {
    const module = name.replace(/\.weight$/, '');
    const { rank, scale } = moduleSizes(lora, module);
    const [inputs, outputs] = model.parameters.get(name)!.shape as [number, number];
    const [down, up] = [zeros([rank, inputs]), zeros([outputs, rank])];
    adapt(model, name, { down, up, scale });
    const [downName, upName] = [`${module}.${LORA_PARTS.down}`, `${module}.${LORA_PARTS.up}`];
    adapter.set(downName, down).set(upName, up);
    specs.push(
      matrix(downName, rank, inputs, uniform(1 / Math.sqrt(inputs))),
      matrix(upName, outputs, rank, zero),
    );
  }
  initialise(adapter, seed, specs);
  return adapter;
}

function adapt(model: Model, name: string, adapter: LowRank): void {
  if (model.adapt === undefined) throw new Error(`${model.config.arch} has LoRA targets, but no adapt`);
  model.adapt(name, adapter);
}

function zeros(shape: [number, number]): tf.Variable<tf.Rank.R2> {
  return tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R2>(shape)));
}

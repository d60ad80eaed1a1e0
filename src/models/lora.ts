// LoRA (Hu et al. 2021): in place of some weights W (in, out) a model computes with W + alpha / rank · (B·A)ᵀ. W stays; A
// and B are trained. B begins at zero, so the model begins as it was. Names and layouts are those of Python's PEFT.
import * as tf from '#tfjs';
import { UsageError } from '../base/errors.ts';
import { matchNames } from '../base/name-patterns.ts';
import { LORA_PARTS, type LoraConfig } from '../config/fine-tuning.ts';
import { initialise, uniform, zero } from './assembly.ts';
import type { LanguageModel } from './language-model.ts';

/** Weights of linear layers. */
const ADAPTABLE = /\.c_\w+\.weight$/;

/** Returns what is to be trained: `h.0.attn.c_attn.lora_A.weight` (rank, in), `….lora_B.weight` (out, rank), and so on. */
export function addLora(
  model: LanguageModel,
  { rank, alpha, targets }: LoraConfig,
  seed: number,
): Map<string, tf.Variable> {
  if (model.adapt === undefined)
    throw new UsageError(`LoRA is for a GPT, but this is a model of arch ${model.config.arch}`);
  const names = [...model.parameters.keys()].filter((name) => ADAPTABLE.test(name));
  const adapter = new Map<string, tf.Variable>();
  for (const name of matchNames(targets, names, '--lora-targets')) {
    const [inputs, outputs] = model.parameters.get(name)!.shape as [number, number];
    const [down, up] = [zeros([rank, inputs]), zeros([outputs, rank])];
    model.adapt(name, (weight) =>
      tf.tidy(() => weight.add(tf.matMul(down.mul(alpha / rank), up, true, true))),
    );
    const module = name.replace(/\.weight$/, '');
    adapter.set(`${module}.${LORA_PARTS.down}`, down).set(`${module}.${LORA_PARTS.up}`, up);
  }
  initialise(adapter, seed, (name) =>
    name.endsWith(LORA_PARTS.down) ? uniform(1 / Math.sqrt(adapter.get(name)!.shape[1]!)) : zero,
  );
  return adapter;
}

function zeros(shape: [number, number]): tf.Variable<tf.Rank.R2> {
  return tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R2>(shape)));
}

// Adapters as Python's PEFT saves them (test/golden/make_peft.py): imported, they compute what PEFT computes, also merged; they
// have its gradients, and are trained on. What such an adapter may not be is refused by name.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { emptyModel } from '../../src/architectures/create.ts';
import type { LanguageModel } from '../../src/architectures/language-model.ts';
import { openSafetensors, writeSafetensors } from '../../src/base/safetensors-disk.ts';
import { adapterNames } from '../../src/checkpoint/adapter.ts';
import { loadCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { exportModel } from '../../src/hub/export.ts';
import { importModel } from '../../src/hub/import.ts';
import { importAdapter } from '../../src/hub/import-adapter.ts';
import { openModel } from '../../src/run/open.ts';
import { loraOfRun } from '../../src/run/trained.ts';
import { assignTensors } from '../../src/run/weights.ts';
import { resolveSettings } from '../../src/settings/settings.ts';
import { lossAndGradients } from '../../src/training/gradients.ts';
import { addLora } from '../../src/training/lora.ts';
import { fullLogits } from '../models/example.ts';
import { describeOnBackends } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { copyTiny, golden, TINY } from './golden.ts';

const ADAPTERS = ['llama-all-linear', 'llama-regex', 'qwen3-patterns', 'qwen2-one-layer', 'gpt2'] as const;
type Name = (typeof ADAPTERS)[number];

interface Computed {
  base: string;
  ids: number[];
  logits: number[];
  loss: number;
  /** By PEFT's names. */
  gradients: Record<string, number[]>;
}

const root = temporaryFolder();
const sourceOf = (name: Name) => golden(`peft/${name}`);
const imported = (name: Name) => join(root, name);
const baseOf = (name: Name) => join(root, 'base', computed(name).base);

function computed(name: Name): Computed {
  return JSON.parse(readFileSync(join(sourceOf(name), 'computed.json'), 'utf8')) as Computed;
}

beforeAll(async () => {
  for (const base of new Set(ADAPTERS.map((name) => computed(name).base))) {
    const source = join(root, 'source', base);
    if (base === 'gpt2-tiny') await copyTiny(source, { 'model.safetensors': 'model.safetensors' });
    else {
      cpSync(golden(base), source, { recursive: true });
      cpSync(join(TINY, 'tokenizer.json'), join(source, 'tokenizer.json'));
    }
    await importModel(source, join(root, 'base', base));
  }
  for (const name of ADAPTERS) await importAdapter(sourceOf(name), baseOf(name), imported(name));
});

/** The base with the adapter beside it, as it is trained. */
async function beside(name: Name): Promise<{ model: LanguageModel; adapter: Map<string, tf.Variable> }> {
  const {
    model: config,
    parameters,
    adapter,
  } = await loadCheckpoint(imported(name), {
    optimizer: false,
    merge: false,
  });
  const model = (await emptyModel(config)) as LanguageModel;
  assignTensors(model.parameters, parameters, name);
  const settings = resolveSettings({ arch: config.arch, flags: { loraContinue: true } });
  const variables = addLora(model, loraOfRun(settings, config, adapter)!, 1);
  assignTensors(variables, adapter!.tensors, name);
  return { model, adapter: variables };
}

describeOnBackends(() => {
  it.each(ADAPTERS)('%s merged has PEFT’s logits', async (name) => {
    const { model } = await openModel(imported(name));
    const { ids, logits } = computed(name);
    expect((await fullLogits(model, [ids])).flat(2)).toAgree(logits, 'model');
    model.dispose();
  });

  it.each(ADAPTERS)('%s beside its base has PEFT’s logits, loss and gradients', async (name) => {
    const { model, adapter } = await beside(name);
    const { ids, logits, loss, gradients } = computed(name);
    expect((await fullLogits(model, [ids])).flat(2)).toAgree(logits, 'model');
    const [tokens, targets] = [ids.slice(0, -1), ids.slice(1)].map((row) =>
      tf.tensor2d([row], undefined, 'int32'),
    );
    const actual = lossAndGradients(() => model.loss(tokens!, targets!), adapter);
    expect(await actual.loss.data()).toAgree([loss], 'model');
    const { toDisk } = adapterNames(model.config, name);
    expect([...actual.gradients.keys()].map(toDisk).sort()).toEqual(Object.keys(gradients).sort());
    for (const [own, gradient] of actual.gradients)
      expect(await gradient.data(), own).toAgree(gradients[toDisk(own)]!, 'model');
    tf.dispose([tokens!, targets!, actual.loss, ...actual.gradients.values(), ...adapter.values()]);
    model.dispose();
  });
});

it.each(ADAPTERS)('%s is exported with the weights of PEFT’s merge_and_unload', async (name) => {
  const out = join(root, 'exported', name);
  await exportModel(imported(name), out, { format: 'hf' });
  const [ours, theirs] = await Promise.all(
    [join(out, 'model.safetensors'), join(sourceOf(name), 'merged.safetensors')].map((file) =>
      openSafetensors(file),
    ),
  );
  for (const tensor of theirs!.tensors.keys())
    expect(await ours!.read(tensor), tensor).toAgree(await theirs!.read(tensor), 'model');
  await Promise.all([ours!.close(), theirs!.close()]);
});

it.each(ADAPTERS)('%s, saved by us, is read again as it was', async (name) => {
  const { adapter } = await loadCheckpoint(imported(name), { optimizer: false, merge: false });
  const file = await openSafetensors(join(sourceOf(name), 'adapter_model.safetensors'));
  expect(adapter!.tensors.size).toBe(file.tensors.size);
  const { toDisk } = adapterNames((await loadCheckpoint(baseOf(name), { optimizer: false })).model, name);
  for (const [own, { data }] of adapter!.tensors) expect(data).toEqual(await file.read(toDisk(own)));
  await file.close();
});

describe('an adapter', () => {
  const changed = (name: Name, change: object): string => {
    const folder = join(root, 'changed');
    rmSync(folder, { recursive: true, force: true });
    cpSync(sourceOf(name), folder, { recursive: true });
    const file = join(folder, 'adapter_config.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
    return folder;
  };
  const importing = (folder: string, name: Name) =>
    expect(importAdapter(folder, baseOf(name), join(root, 'refused'))).rejects;

  it.each<[object, string]>([
    [{ use_dora: true }, 'says use_dora true, which is not supported'],
    [{ modules_to_save: ['lm_head'] }, 'says modules_to_save ["lm_head"], which is not supported'],
    [{ lora_bias: true }, 'says lora_bias true, which is not supported'],
    [{ layer_replication: [[0, 1]] }, 'says layer_replication [[0,1]], which is not supported'],
    [{ a_new_kind: { of: 'adapter' } }, 'says a_new_kind {"of":"adapter"}, which is not supported'],
    [{ bias: 'all' }, 'bias: biases that are trained beside an adapter are not supported'],
    [{ init_lora_weights: 'pissa' }, 'init_lora_weights: '],
    [{ peft_type: 'IA3' }, 'peft_type: '],
    [{ fan_in_fan_out: true }, 'says fan_in_fan_out true, which its base’s weights are not'],
    [{ r: 4 }, 'expected layers.0.mlp.down_proj.lora_A.weight of shape (4,24), but got (3,24)'],
    [{ alpha_pattern: { '(a': 2 } }, '"(a" cannot be followed'],
    [{ alpha_pattern: { '(?<=a)b': 2 } }, '"(?<=a)b" cannot be followed'],
    [{ alpha_pattern: { k_proj: -1 } }, 'alpha_pattern.k_proj'],
  ])('with %j is refused', async (change, message) => {
    await importing(changed('llama-regex', change), 'llama-regex').toThrow(message);
  });

  it('with a pattern that backtracks without end is read in no time', async () => {
    const hostile = changed('llama-regex', { alpha_pattern: { '(([a-z0-9._]+)+)+!': 9 } });
    await importAdapter(hostile, baseOf('llama-regex'), join(root, 'hostile'));
  });

  it('with a tensor that is no part of it, or not a number, is refused', async () => {
    const folder = changed('llama-regex', {});
    const file = join(folder, 'adapter_model.safetensors');
    const tensor = (name: string, value: number) => ({ name, shape: [1], data: Float32Array.of(value) });
    const of = async (...more: ReturnType<typeof tensor>[]) => {
      const { tensors, read, close } = await openSafetensors(
        join(sourceOf('llama-regex'), 'adapter_model.safetensors'),
      );
      const own = await Promise.all(
        [...tensors].map(async ([name, { shape }]) => ({ name, shape, data: await read(name) })),
      );
      await close();
      return [...own, ...more];
    };
    await writeSafetensors(file, await of(tensor('base_model.model.model.embed_tokens.weight', 1)), {});
    await importing(folder, 'llama-regex').toThrow(
      'embed_tokens.weight, which is no part of a LoRA adapter of a matrix',
    );
    await writeSafetensors(file, await of(tensor('base_model.model.lm_head.lora_A.weight', 1)), {});
    await importing(folder, 'llama-regex').toThrow('is for lm_head.weight, which takes no adapter');
    const [first, ...rest] = await of();
    await writeSafetensors(file, [{ ...first!, data: first!.data.map(() => Number.NaN) }, ...rest], {});
    await importing(folder, 'llama-regex').toThrow('holds NaN at position 0');
    rmSync(file);
    await importing(folder, 'llama-regex').toThrow('has no adapter_model.safetensors');
  });

  it('for another base is refused', async () => {
    await importing(sourceOf('llama-all-linear'), 'gpt2').toThrow('says fan_in_fan_out false');
    await importing(sourceOf('qwen3-patterns'), 'qwen2-one-layer').toThrow('of shape (');
  });

  it('that tsgpt made needs no import, and other files are not replaced', async () => {
    await importing(imported('gpt2'), 'gpt2').toThrow('is a checkpoint of tsgpt as it is');
    mkdirSync(join(root, 'mine'));
    writeFileSync(join(root, 'mine', 'notes.txt'), 'mine');
    await expect(importAdapter(sourceOf('gpt2'), baseOf('gpt2'), join(root, 'mine'))).rejects.toThrow(
      'is there already',
    );
  });
});

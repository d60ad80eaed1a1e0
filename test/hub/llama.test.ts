// Models of the Llama family as transformers saves them (test/golden/make_llama_hub.py): its logits, its greedy tokens, its
// spellings of config.json; and what such a config may not say.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatConfig, parseConfig } from '../../src/architectures/config-file.ts';
import { loadCheckpoint, saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { exportModel } from '../../src/hub/export.ts';
import { importModel } from '../../src/hub/import.ts';
import { openModel } from '../../src/run/open.ts';
import { tensorsOf } from '../../src/run/weights.ts';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { ABLATED, fullLogits, LLAMA, livelyModel, nextLogits } from '../models/example.ts';
import { describeOnBackends } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { golden, TINY } from './golden.ts';

interface Computed {
  ids: number[];
  /** (T, V) */
  logits: number[][];
  greedy: number[];
}

/** Kinds, and the parts of ours that tell them apart. */
const KINDS = {
  llama: { tiedHead: false, ropeTheta: 500, ropeScaling: 'llama3:4:1:4:32' },
  mistral: { tiedHead: true, ropeScaling: 'none' },
  qwen2: { qkvBias: true },
  qwen3: { qkNorm: true, headSize: 8, kvHeads: 1 },
} as const;
type Kind = keyof typeof KINDS;
const ALL = Object.keys(KINDS) as Kind[];

const folder = temporaryFolder();

/** A kind's folder, with a tokenizer of as many tokens. */
async function sourceOf(kind: Kind): Promise<string> {
  const source = join(folder, `source-${kind}`);
  await rm(source, { recursive: true, force: true });
  await mkdir(source);
  await cp(golden(`llama-hub/${kind}`), source, { recursive: true });
  await cp(join(TINY, 'tokenizer.json'), join(source, 'tokenizer.json'));
  return source;
}

async function computed(kind: Kind): Promise<Computed[]> {
  return JSON.parse(await readFile(golden(`llama-hub/${kind}/computed.json`), 'utf8')) as Computed[];
}

async function configOf(kind: Kind): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(golden(`llama-hub/${kind}/config.json`), 'utf8'));
}

const imported = (kind: Kind) => join(folder, kind);

beforeAll(async () => {
  for (const kind of ALL) await importModel(await sourceOf(kind), imported(kind));
});

describeOnBackends(() => {
  it.each(ALL)('a %s gives the logits of transformers, and its 30 greedy tokens', async (kind) => {
    const { model } = await openModel(imported(kind));
    for (const { ids, logits, greedy } of await computed(kind)) {
      expect((await fullLogits(model, [ids])).flat(2)).toAgree(logits.flat(), 'model');
      const decoding = model.startDecoding();
      const row = decoding.join();
      let tokens = ids;
      const written: number[] = [];
      while (written.length < greedy.length) {
        const [next] = (await nextLogits(decoding, [{ row, tokens }])) as [number[]];
        tokens = [next.indexOf(Math.max(...next))];
        written.push(...tokens);
      }
      expect(written).toEqual(greedy);
      decoding.dispose();
    }
    model.dispose();
  });
});

describe('config.json', () => {
  it.each(ALL)('of a %s says of which parts it is made', async (kind) => {
    const { model } = await loadCheckpoint(imported(kind), { optimizer: false });
    expect(model).toMatchObject({ arch: 'llama', width: 16, heads: 4, normEpsilon: 1e-6, ...KINDS[kind] });
  });

  it.each(ALL)('of a %s is the same as transformers 4 spells it', async (kind) => {
    const { rope_parameters, ...config } = await configOf(kind);
    const { rope_theta, ...scaling } = rope_parameters as Record<string, unknown>;
    const rope_scaling = scaling.rope_type === 'default' ? null : scaling;
    const old = { ...config, rope_theta, rope_scaling };
    const read = (value: object) => parseConfig(JSON.stringify(value), 'config.json');
    expect(read(old)).toEqual(read({ ...config, rope_parameters }));
  });

  it('is written as both versions spell it', () => {
    const rope_scaling = {
      rope_type: 'llama3',
      factor: 32,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 8192,
    };
    const model = { ...LLAMA, ropeTheta: 5e5, ropeScaling: 'llama3:32:1:4:8192' };
    expect(formatConfig(model)).toMatchObject({
      architectures: ['LlamaForCausalLM'],
      rope_theta: 5e5,
      rope_scaling,
      rope_parameters: { ...rope_scaling, rope_theta: 5e5 },
    });
    expect(formatConfig(LLAMA)).toMatchObject({
      rope_scaling: null,
      rope_parameters: { rope_type: 'default', rope_theta: 100 },
    });
  });

  it.each([
    [{ qkNorm: true }, 'Qwen3ForCausalLM', 'qwen3'],
    [{ qkvBias: true }, 'Qwen2ForCausalLM', 'qwen2'],
    [{}, 'LlamaForCausalLM', 'llama'],
  ])('of a model with %j is that of a %s', (parts, name, model_type) => {
    const model = { ...LLAMA, ...parts };
    const config = formatConfig(model);
    expect(config).toMatchObject({ architectures: [name], model_type });
    expect(parseConfig(JSON.stringify(config), 'config.json')).toEqual(model);
  });

  it.each<[Kind, object, string]>([
    ['mistral', { sliding_window: 32 }, 'sliding_window 32 is not supported'],
    ['qwen2', { use_sliding_window: true, sliding_window: 16 }, 'sliding_window 16 is not supported'],
    ['llama', { attention_bias: true }, 'attention_bias true is not supported'],
    ['qwen3', { attention_bias: true }, 'attention_bias true is not supported'],
    ['llama', { mlp_bias: true }, 'mlp_bias true is not supported'],
    ['llama', { hidden_act: 'relu' }, 'hidden_act relu is not supported'],
    ['llama', { rope_interleaved: true }, 'rope_interleaved true is not supported'],
    ['llama', { rope_parameters: { rope_type: 'yarn', factor: 4 } }, 'rope_type yarn is not supported'],
    [
      'llama',
      { rope_parameters: null, rope_scaling: { type: 'linear', factor: 2 } },
      'rope_type linear is not',
    ],
    [
      'llama',
      { rope_parameters: { rope_type: 'llama3' } },
      'expected factor of rope_type llama3 to be a number',
    ],
    ['llama', { partial_rotary_factor: 0.5 }, 'partial_rotary_factor 0.5 is not supported'],
    ['llama', { quantization_config: { bits: 4 } }, 'quantization_config {bits:4} is not supported'],
    ['llama', { num_key_value_heads: 3 }, 'heads must be a multiple of kvHeads: heads is 4, kvHeads is 3'],
    ['llama', { head_dim: 3 }, 'headSize must be even'],
    ['llama', { hidden_size: '16' }, 'hidden_size'],
  ])('of a %s that says %j is refused', async (kind, changes, says) => {
    const text = JSON.stringify({ ...(await configOf(kind)), ...changes });
    expect(() => parseConfig(text, 'config.json')).toThrow(says);
  });

  it('may name a window that no text outgrows, or that is not used', async () => {
    const parse = async (kind: Kind, changes: object) =>
      parseConfig(JSON.stringify({ ...(await configOf(kind)), ...changes }), 'config.json');
    expect(await parse('mistral', { sliding_window: 64 })).toEqual(await parse('mistral', {}));
    expect(await parse('qwen2', { sliding_window: 16 })).toEqual(await parse('qwen2', {}));
  });

  it('of a Mistral that says nothing of a window has one of 4096', async () => {
    const { sliding_window: _, ...config } = await configOf('mistral');
    const parse = (context: number) =>
      parseConfig(JSON.stringify({ ...config, max_position_embeddings: context }), 'config.json');
    expect(() => parse(4097)).toThrow('sliding_window 4096 is not supported');
    expect(parse(4096)).toMatchObject({ context: 4096 });
  });
});

describe('weights', () => {
  it('an output layer of its own is refused where config.json ties it, and missed where it does not', async () => {
    const tied = await sourceOf('llama');
    const config = await configOf('llama');
    await writeFile(join(tied, 'config.json'), JSON.stringify({ ...config, tie_word_embeddings: true }));
    await expect(importModel(tied, join(folder, 'never'))).rejects.toThrow(
      'lm_head.weight differs from embed_tokens.weight',
    );
    const untied = await sourceOf('qwen2');
    const changed = { ...(await configOf('qwen2')), tie_word_embeddings: false };
    await writeFile(join(untied, 'config.json'), JSON.stringify(changed));
    await expect(importModel(untied, join(folder, 'never'))).rejects.toThrow('has no tensor lm_head.weight');
  });
});

describe('export for Python', () => {
  it.each(ALL)('of a %s comes back, bit for bit', async (kind) => {
    const [out, again] = [join(folder, `export-${kind}`), join(folder, `again-${kind}`)];
    await exportModel(imported(kind), out, { format: 'hf' });
    expect(await readdir(out)).toContain('model.safetensors');
    await importModel(out, again);
    const [before, after] = await Promise.all(
      [imported(kind), again].map((path) => readFile(join(path, 'model.safetensors'))),
    );
    expect(after!.equals(before!)).toBe(true);
  });

  it('names what Hugging Face’s libraries know nothing of', async () => {
    const tokenizer = byteTokenizer();
    const config = { ...ABLATED, vocabSize: tokenizer.vocabSize };
    const model = livelyModel(config);
    const checkpoint = join(folder, 'ablated');
    const parameters = await tensorsOf(model.parameters);
    await saveCheckpoint(checkpoint, { model: config, parameters, tokenizer, state: {} });
    model.dispose();
    const refused = exportModel(checkpoint, join(folder, 'never'), { format: 'hf' });
    await expect(refused).rejects.toThrow(
      'Hugging Face knows no model of the kind Llama with learned positions',
    );
  });
});

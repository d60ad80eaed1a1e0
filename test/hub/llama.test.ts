// Models of the Llama family as transformers saves them (test/golden/make_llama_hub.py): its logits, its greedy tokens, its
// spellings of config.json; and what such a config may not say.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { formatConfig, parseConfig } from '../../src/architectures/config-file.ts';
import { loadCheckpoint, saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { exportModel } from '../../src/hub/export.ts';
import { importModel } from '../../src/hub/import.ts';
import { fittedTokenizer } from '../../src/hub/tokenizer.ts';
import { openModel } from '../../src/run/open.ts';
import { tensorsOf } from '../../src/run/weights.ts';
import { byteTokenizer } from '../../src/tokenizers/byte-pair.ts';
import { fromJson } from '../../src/tokenizers/from-json.ts';
import { goldenTokenizer } from '../golden/tokenizers.ts';
import { ABLATED, fullLogits, GEMMA, LLAMA, livelyModel, nextLogits } from '../models/example.ts';
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
  gemma3_text: {
    context: 48,
    localRope: '10000:2',
    sandwichNorm: true,
    normPlusOne: true,
    scaledEmbedding: true,
  },
} as const;
type Kind = keyof typeof KINDS;
type Rope = Record<string, unknown>;
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
    const { rope_parameters, layer_types: _, ...config } = await configOf(kind);
    const { full_attention, sliding_attention, ...own } = rope_parameters as Record<string, Rope | undefined>;
    const { rope_theta, ...scaling } = full_attention ?? (own as Rope);
    const rope_scaling = scaling.rope_type === 'default' ? null : scaling;
    const rope_local_base_freq = sliding_attention?.rope_theta;
    const old = { ...config, rope_theta, rope_scaling, rope_local_base_freq };
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
    expect(formatConfig(GEMMA)).toMatchObject({
      rope_theta: 100,
      rope_local_base_freq: 10,
      sliding_window_pattern: 2,
      rope_parameters: {
        full_attention: { rope_type: 'default', rope_theta: 100 },
        sliding_attention: { rope_type: 'default', rope_theta: 10 },
      },
      layer_types: ['sliding_attention', 'full_attention'],
    });
    expect(formatConfig(LLAMA)).toMatchObject({
      rope_scaling: null,
      rope_parameters: { rope_type: 'default', rope_theta: 100 },
    });
  });

  it.each([
    [{ qkNorm: true }, 'Qwen3ForCausalLM', 'qwen3'],
    [{ qkvBias: true }, 'Qwen2ForCausalLM', 'qwen2'],
    [GEMMA, 'Gemma3ForCausalLM', 'gemma3_text'],
    [{}, 'LlamaForCausalLM', 'llama'],
  ])('of a model with %j is that of a %s', (parts, name, model_type) => {
    const model = { ...LLAMA, ...parts };
    const config = formatConfig(model);
    expect(config).toMatchObject({ architectures: [name], model_type });
    expect(parseConfig(JSON.stringify(config), 'config.json')).toEqual(model);
  });

  it.each<[Kind, object, string]>([
    ['gemma3_text', { final_logit_softcapping: 30 }, 'final_logit_softcapping 30 is not supported'],
    ['gemma3_text', { attn_logit_softcapping: 50 }, 'attn_logit_softcapping 50 is not supported'],
    ['gemma3_text', { query_pre_attn_scalar: 4 }, 'query_pre_attn_scalar 4 is not supported'],
    [
      'gemma3_text',
      { use_bidirectional_attention: true },
      'use_bidirectional_attention true is not supported',
    ],
    ['gemma3_text', { hidden_activation: 'silu_' }, 'hidden_act silu_ is not supported'],
    ['gemma3_text', { layer_types: ['full_attention', 'sliding_attention'] }, 'layer_types'],
    ['gemma3_text', { layer_types: ['sliding_attention'] }, 'layer_types'],
    ['gemma3_text', { rope_parameters: { full_attention: { rope_type: 'linear' } } }, 'rope_type linear'],
    ['gemma3_text', { rope_parameters: { sliding_attention: { rope_type: 'linear' } } }, 'rope_type linear'],
    [
      'gemma3_text',
      { rope_parameters: { sliding_attention: { rope_theta: 0 } } },
      'localRope must have a base above 0, but is 0:2',
    ],
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

  it('of our own that says nothing of Gemma’s parts, or how a model begins, has none', () => {
    const parts = ['localRope', 'sandwichNorm', 'normPlusOne', 'scaledEmbedding', 'zeroInit'];
    const config = Object.entries(formatConfig(ABLATED)).filter(([key]) => !parts.includes(key));
    expect(config).toHaveLength(Object.keys(formatConfig(ABLATED)).length - parts.length);
    expect(parseConfig(JSON.stringify(Object.fromEntries(config)), 'config.json')).toEqual(ABLATED);
  });

  it.each<[Kind, object, number]>([
    ['mistral', { sliding_window: 65 }, 64],
    ['mistral', { sliding_window: 32 }, 32],
    ['mistral', { sliding_window: undefined, max_position_embeddings: 4095 }, 4095],
    ['mistral', { sliding_window: undefined, max_position_embeddings: 4097 }, 4096],
    ['qwen2', { sliding_window: 16 }, 64],
    ['qwen2', { use_sliding_window: true, sliding_window: 16 }, 16],
    ['gemma3_text', { sliding_window: null }, 64],
    ['gemma3_text', { sliding_window: undefined, max_position_embeddings: 8192 }, 4096],
  ])(
    'of a %s that says %j has a context of %d, within which no window cuts',
    async (kind, changes, context) => {
      const parse = async (more: object) =>
        parseConfig(JSON.stringify({ ...(await configOf(kind)), ...more }), 'config.json');
      expect(await parse(changes)).toEqual({ ...(await parse({})), context });
    },
  );
});

describe('the context', () => {
  it('of a model with a sliding window ends with it, which is told', async () => {
    const { notes } = await importModel(await sourceOf('gemma3_text'), join(folder, 'told'));
    expect(notes).toEqual([
      'its context is 48 instead of 64 tokens: so far its attention reaches, and tsgpt’s does not slide',
    ]);
    expect((await importModel(await sourceOf('qwen3'), join(folder, 'untold'))).notes).toEqual([]);
  });

  it('can be a shorter one, in which the model says the same', async () => {
    const [out, again] = [join(folder, 'short'), join(folder, 'short-again')];
    expect((await importModel(await sourceOf('llama'), out, { context: 20 })).notes).toEqual([]);
    const { model } = await loadCheckpoint(out, { optimizer: false });
    expect(model.context).toBe(20);
    await exportModel(out, again, { format: 'hf' });
    const config = JSON.parse(await readFile(join(again, 'config.json'), 'utf8'));
    expect(config).toMatchObject({
      max_position_embeddings: 20,
      rope_parameters: { original_max_position_embeddings: 32 },
    });
    const before = await readFile(join(imported('llama'), 'model.safetensors'));
    expect((await readFile(join(out, 'model.safetensors'))).equals(before)).toBe(true);
  });

  it.each([65, 0, 1.5])('cannot be %d', async (context) => {
    const refused = importModel(await sourceOf('llama'), join(folder, 'never'), { context });
    await expect(refused).rejects.toThrow(`expected a whole number from 1 to the model’s own 64 for context`);
  });

  it('stays where each position has a vector of its own', async () => {
    const refused = importModel(TINY, join(folder, 'never'), { context: 8 });
    await expect(refused).rejects.toThrow('has learned something for each of its 32 positions');
  });
});

it('a tokenizer keeps no added token that the model has no vector for', () => {
  const { tokenizer: json } = goldenTokenizer('gemma');
  const whole = fromJson(json, 'gemma');
  const image = { ...(json.added_tokens as object[])[0], id: whole.vocabSize, content: '<image>' };
  const larger = fromJson({ ...json, added_tokens: [...(json.added_tokens as object[]), image] }, 'gemma');
  expect(larger.vocabSize).toBe(whole.vocabSize + 1);
  const { tokenizer, leftOut } = fittedTokenizer(larger, whole.vocabSize);
  expect(leftOut).toEqual(['<image>']);
  expect(tokenizer.fingerprint).toBe(whole.fingerprint);
  expect(fittedTokenizer(larger, larger.vocabSize)).toEqual({ tokenizer: larger, leftOut: [] });
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

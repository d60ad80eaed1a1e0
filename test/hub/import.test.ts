// Models as they are published, imported from disk: always the same checkpoint, and it is the same model.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { type ExportOptions, exportModel } from '../../src/hub/export.ts';
import { importModel } from '../../src/hub/import.ts';
import { openModel } from '../../src/run/open.ts';
import { example } from '../checkpoint/example.ts';
import { emptyModel } from '../made-models.ts';
import { fullLogits, nextLogits } from '../models/example.ts';
import { describeOnBackends } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { copyTiny, golden, goldenPrompts, runOnnx, TINY } from './golden.ts';

const folder = temporaryFolder();
let out: string;
let wanted: Buffer;
beforeAll(async () => {
  out = join(folder, 'out');
  await importModel(TINY, join(folder, 'tiny'));
  wanted = await readFile(join(folder, 'tiny/model.safetensors'));
});

/** An empty folder of this name. */
async function fresh(name: string): Promise<string> {
  const path = join(folder, name);
  await rm(path, { recursive: true, force: true });
  await mkdir(path);
  return path;
}

const SHARDS = {
  'model.safetensors.index.json': 'other/model.safetensors.index.json',
  'model-00001-of-00002.safetensors': 'other/model-00001-of-00002.safetensors',
  'model-00002-of-00002.safetensors': 'other/model-00002-of-00002.safetensors',
};
const ONNX = 'onnx/model.onnx';

describe('the same weights, bit for bit, from', () => {
  const cases: [what: string, files: Record<string, string>, uses: string][] = [
    ['float16', { 'model.safetensors': 'other/f16.safetensors' }, 'model.safetensors'],
    ['bfloat16', { 'model.safetensors': 'other/bf16.safetensors' }, 'model.safetensors'],
    ['several files', SHARDS, 'model.safetensors.index.json'],
    ['onnx/model.onnx', { 'onnx/model.onnx': ONNX }, 'onnx/model.onnx'],
    ['onnx/decoder_model.onnx', { 'onnx/decoder_model.onnx': ONNX }, 'onnx/decoder_model.onnx'],
    ['decoder_model_merged.onnx', { 'decoder_model_merged.onnx': ONNX }, 'decoder_model_merged.onnx'],
    ['safetensors before ONNX', { ...SHARDS, 'model.onnx': ONNX }, 'model.safetensors.index.json'],
    ['one file before several', { ...SHARDS, 'model.safetensors': 'model.safetensors' }, 'model.safetensors'],
  ];
  it.each(cases)('%s', async (_, files, uses) => {
    const source = await fresh('source');
    await copyTiny(source, files);
    const names = ['config.json', uses, 'tokenizer.json'];
    expect(await importModel(source, out)).toEqual({
      folder: out,
      parameters: 300 * 32 + 32 * 32 + 2 * (12 * 32 * 32 + 13 * 32) + 2 * 32,
      files: names.map((name) => join(source, name)),
      tokenizer: 'source',
      notes: [],
    });
    expect((await readFile(join(out, 'model.safetensors'))).equals(wanted)).toBe(true);
  });

  it.each(['model.safetensors', 'other.safetensors', ONNX])('%s, named itself', async (name) => {
    const source = await fresh('source');
    await copyTiny(source, { [name]: name === ONNX ? ONNX : 'model.safetensors' });
    const { files } = await importModel(join(source, name), out);
    expect(files).toEqual(['config.json', name, 'tokenizer.json'].map((file) => join(source, file)));
    expect((await readFile(join(out, 'model.safetensors'))).equals(wanted)).toBe(true);
  });

  it('its own checkpoint', async () => {
    await importModel(join(folder, 'tiny'), out);
    expect((await readFile(join(out, 'model.safetensors'))).equals(wanted)).toBe(true);
  });

  it('an untrained model, whose equal tensors ONNX holds once', async () => {
    const source = await fresh('source');
    await cp(golden('gpt2-fresh'), source, { recursive: true });
    await writeTokenizer(source);
    const saved: Buffer[] = [];
    for (const name of ['model.safetensors', 'onnx/model.onnx']) {
      await importModel(join(source, name), out);
      saved.push(await readFile(join(out, 'model.safetensors')));
    }
    expect(saved[0]!.equals(saved[1]!)).toBe(true);
  });
});

/** One for a vocabulary of twenty. */
async function writeTokenizer(source: string): Promise<void> {
  const { CharTokenizer } = await import('../../src/tokenizers/char.ts');
  const { saveTokenizer } = await import('../../src/tokenizers/store.ts');
  saveTokenizer(source, new CharTokenizer('letters', ['a', 'b'], true));
}

describe('what tsgpt exports comes back, bit for bit', () => {
  const cases: [what: string, options: ExportOptions, file: string][] = [
    ['for Python', { format: 'hf' }, ''],
    ['ONNX', { format: 'onnx' }, ''],
    ['ONNX with its weights in a second file', { format: 'onnx', singleFileBytes: 50_000 }, ''],
    [
      'ONNX in float16, which holds these weights exactly',
      { format: 'onnx', dtypes: ['fp16'] },
      'onnx/model_fp16.onnx',
    ],
  ];
  it.each(cases)('%s', async (_, options, file) => {
    const exported = join(folder, 'exported');
    await exportModel(join(folder, 'tiny'), exported, options);
    await importModel(join(exported, file), out);
    expect((await readFile(join(out, 'model.safetensors'))).equals(wanted)).toBe(true);
  });

  it('but not in int8', async () => {
    const exported = join(folder, 'exported');
    await exportModel(join(folder, 'tiny'), exported, { format: 'onnx', dtypes: ['int8'] });
    await expect(importModel(exported, out)).rejects.toThrow('has only quantised weights (onnx/');
    const file = join(exported, 'onnx/model_quantized.onnx');
    await expect(importModel(file, out)).rejects.toThrow(`${file} holds quantised weights (`);
  });
});

it('has every parameter of our model, in its order', async () => {
  const { model, parameters } = await loadCheckpoint(join(folder, 'tiny'), { optimizer: false });
  const ours = emptyModel(model);
  const shapes = [...ours.parameters].map(([name, { shape }]) => [name, shape]);
  expect([...parameters].map(([name, { shape }]) => [name, shape])).toEqual(shapes);
  ours.dispose();
});

describeOnBackends(() => {
  it('gives PyTorch’s logits, token by token too, for PyTorch’s tokens', async () => {
    const { model, tokenizer } = await openModel(join(folder, 'tiny'));
    for (const { text, ids, logits } of await goldenPrompts()) {
      expect([...tokenizer.encode(text)]).toEqual(ids);
      const ours = (await fullLogits(model, [ids])).flat(2);
      expect(ours).toAgree(logits.flat(), 'model');
      const decoding = model.startDecoding();
      const row = decoding.join();
      for (const [t, id] of ids.entries()) {
        const [next] = await nextLogits(decoding, [{ row, tokens: [id] }]);
        expect(next!).toAgree(logits[t]!, 'model');
      }
      decoding.dispose();
    }
    model.dispose();
  });
});

it('onnxruntime gives the same logits from the ONNX file', async () => {
  for (const { ids, logits } of await goldenPrompts()) {
    const theirs = await runOnnx(join(TINY, ONNX), ids);
    expect(theirs).toAgree(logits.flat(), 'model');
  }
});

describe('the tokenizer', () => {
  it('is the same from vocab.json and merges.txt', async () => {
    const source = await fresh('source');
    await copyTiny(source, { 'model.safetensors': 'model.safetensors' });
    const { model } = JSON.parse(await readFile(join(source, 'tokenizer.json'), 'utf8'));
    await rm(join(source, 'tokenizer.json'));
    await writeFile(join(source, 'vocab.json'), JSON.stringify(model.vocab));
    await writeFile(join(source, 'merges.txt'), `#version: 0.2\n${model.merges.join('\n')}\n`);
    const { files } = await importModel(source, out);
    expect(files.slice(2)).toEqual(['vocab.json', 'merges.txt'].map((name) => join(source, name)));
    const fingerprints = [out, join(folder, 'tiny')].map(async (path) => {
      const { tokenizer } = await loadCheckpoint(path, { optimizer: false });
      return (await tokenizer()).fingerprint;
    });
    expect(await fingerprints[0]).toBe(await fingerprints[1]);
  });

  it('may know fewer tokens than the model, and not more', async () => {
    const source = await fresh('source');
    await copyTiny(source, { 'model.safetensors': 'model.safetensors' });
    await writeTokenizer(source);
    expect(await importModel(source, out)).toMatchObject({ tokenizer: 'letters' });
    const { model, ...rest } = JSON.parse(await readFile(join(TINY, 'tokenizer.json'), 'utf8'));
    const added_tokens = [...rest.added_tokens, { id: 300, content: '<|more|>', special: true }];
    await writeFile(join(source, 'tokenizer.json'), JSON.stringify({ ...rest, model, added_tokens }));
    await expect(importModel(source, out)).rejects.toThrow('has 301 tokens, but the model in');
  });
});

it('tells how far it is, tensor by tensor, and what it was made from', async () => {
  const told: string[] = [];
  const { files } = await importModel(TINY, out, {
    onTensor: (done, total, name) => told.push(`${done}/${total} ${name}`),
  });
  expect(told).toHaveLength(28);
  expect([told[0], told.at(-1)]).toEqual(['0/28 wte.weight', '27/28 ln_f.bias']);
  const { state } = await loadCheckpoint(out, { optimizer: false });
  expect(state).toMatchObject({ imported: { files } });
});

describe('replaces', () => {
  const refusal = 'is there already, and is not a model that was imported';

  it('nothing but an earlier import and an empty folder', async () => {
    const path = await fresh('taken');
    await importModel(TINY, path);
    await importModel(TINY, path);
    await writeFile(join(path, 'notes.txt'), 'mine');
    await expect(importModel(TINY, path)).rejects.toThrow(refusal);
    expect(await readdir(path)).toContain('notes.txt');
  });

  it.each([
    ['a folder with other things', (path: string) => writeFile(join(path, 'notes.txt'), 'mine')],
    ['a run', (path: string) => writeFile(join(path, 'run.json'), '{}')],
    [
      'a model made elsewhere',
      (path: string) => copyTiny(path, { 'model.safetensors': 'model.safetensors' }),
    ],
    ['a checkpoint of a run', (path: string) => saveCheckpoint(path, example(3))],
  ])('not %s', async (_, make) => {
    const path = await fresh('taken');
    await make(path);
    const before = (await readdir(path)).sort();
    await expect(importModel(TINY, path)).rejects.toThrow(refusal);
    expect((await readdir(path)).sort()).toEqual(before);
  });

  it('not a file', async () => {
    const path = join(await fresh('taken'), 'file');
    await writeFile(path, 'mine');
    await expect(importModel(TINY, path)).rejects.toThrow('there is a file where a folder is needed');
  });
});

describe('what is not there is named', () => {
  const cases: [what: string, files: Record<string, string>, says: string, hint?: string][] = [
    [
      'no weights',
      {},
      'has no weights that tsgpt can read: looked for model.safetensors, model.safetensors.index.json, onnx/',
    ],
    [
      'weights of other kinds',
      { 'pytorch_model.bin': ONNX },
      'what it has, pytorch_model.bin, is of other kinds',
    ],
    [
      'quantised weights only',
      {
        'onnx/model_quantized.onnx': ONNX,
        'onnx/model_q4f16.onnx': ONNX,
        'onnx/decoder_model_int8.onnx': ONNX,
      },
      'has only quantised weights (',
      'any of these would do: model.safetensors, model.safetensors.index.json, onnx/model.onnx',
    ],
    [
      'float16 ONNX under its usual name',
      { 'onnx/model_fp16.onnx': ONNX, 'onnx/model_quantized.onnx': ONNX },
      'has no weights under a name that tsgpt knows',
      'onnx/model_fp16.onnx',
    ],
    [
      'half of the files',
      { ...SHARDS, 'model-00002-of-00002.safetensors': 'missing' },
      'no such file or folder',
    ],
  ];
  it.each(cases)('%s', async (_, files, says, hint = '') => {
    const source = await fresh('source');
    const there = Object.entries(files).filter(([, from]) => from !== 'missing');
    await copyTiny(source, Object.fromEntries(there));
    const error: unknown = await importModel(source, out).catch((e: unknown) => e);
    expect(error).toMatchObject({
      message: expect.stringContaining(says),
      ...(hint !== '' && { hint: expect.stringContaining(hint) }),
    });
  });

  it.each([
    ['config.json', `there is no config.json in`],
    ['tokenizer.json', 'looked for tokenizer.json, for vocab.json with merges.txt, and for vocab.txt'],
  ])('no %s', async (name, says) => {
    const source = await fresh('source');
    await copyTiny(source, { 'onnx/model.onnx': ONNX });
    await rm(join(source, name));
    await expect(importModel(source, out)).rejects.toThrow(says);
    await expect(importModel(join(source, ONNX), out)).rejects.toThrow(
      `${join(source, 'onnx')} or ${source}${name === 'config.json' ? '' : ':'}`,
    );
  });

  it('nothing at all, and a file of another kind', async () => {
    await expect(importModel(join(folder, 'none'), out)).rejects.toThrow('there is no file or folder');
    await expect(importModel(join(TINY, 'config.json'), out)).rejects.toThrow('is no file of weights');
  });
});

it.each([
  [{ model_type: 'mamba' }, 'model_type "mamba"'],
  [{ model_type: 'tsgpt-lstm' }, 'does not hold what was expected'],
  [{ n_layer: 3 }, 'has no tensor h.2.ln_1.weight'],
  [{ n_layer: 1e15 }, 'has no tensor h.2.ln_1.weight'],
  [{ n_embd: 64 }, 'expected wte.weight of shape (300,64), but got (300,32)'],
  [{ n_positions: 16 }, 'expected wpe.weight of shape (16,32), but got (32,32)'],
  [{ tie_word_embeddings: false }, 'tie_word_embeddings false'],
])('a config.json that says %j is refused', async (changes, says) => {
  const source = await fresh('source');
  await copyTiny(source, { 'model.safetensors': 'model.safetensors' });
  const config = JSON.parse(await readFile(join(source, 'config.json'), 'utf8'));
  await writeFile(join(source, 'config.json'), JSON.stringify({ ...config, ...changes }));
  await expect(importModel(source, out)).rejects.toThrow(says);
});

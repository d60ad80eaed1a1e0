// What we export: transformers.js loads the folder and writes what we write; nothing of the user's is overwritten.
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env, pipeline } from '@xenova/transformers';
import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '../../src/backends/index.ts';
import { loadCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { type ExportOptions, exportModel } from '../../src/hub/export.ts';
import { collectSamples, generate } from '../../src/sampling/generate.ts';
import { FASTEST } from '../on-backends.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Example, saveExample, TOKENIZERS } from './example.ts';

const folder = temporaryFolder();
let examples: Record<string, Example>;

beforeAll(async () => {
  env.allowRemoteModels = false;
  await startBackend(FASTEST.backend, { precision: 'fp32' });
  examples = {
    lstm: await saveExample(folder, 'lstm', 'byte'),
    llama: await saveExample(folder, 'llama', 'bpe'),
    gemma: await saveExample(folder, 'gemma', 'bpe'),
  };
  for (const name of Object.keys(TOKENIZERS)) examples[name] = await saveExample(folder, 'gpt', name);
});

let exports = 0;
async function exported(name: string, options: ExportOptions): Promise<string> {
  const out = join(folder, `export-${exports++}`);
  await exportModel(examples[name]!.checkpoint, out, options);
  return out;
}

const GREEDY = { do_sample: false, max_new_tokens: 50 };
const PROMPT = 'one\ntwo  three ñ';

async function ours(name: string, prompt: string): Promise<string> {
  const { model, tokenizer } = examples[name]!;
  const ids = tokenizer.encode(prompt);
  const options = { temperature: 0, maxTokens: 50 };
  const [sample] = await collectSamples(generate(model, tokenizer, ids, options));
  expect(sample!.tokens).toHaveLength(50);
  return tokenizer.decode([...ids, ...sample!.tokens]);
}

async function theirs(
  out: string,
  dtype: 'fp32' | 'fp16' | 'int8' | 'q8' | 'q4',
  prompts: string[],
): Promise<string[]> {
  const generator = await pipeline('text-generation', out, { dtype });
  const texts = await generator(prompts, GREEDY);
  await generator.dispose();
  return texts.flat().map(({ generated_text }) => String(generated_text));
}

describe.each(Object.keys(TOKENIZERS))('a GPT of %s tokens in transformers.js', (name) => {
  it('writes the same 50 greedy tokens', async () => {
    const out = await exported(name, { format: 'onnx' });
    expect(await theirs(out, 'fp32', [PROMPT])).toEqual([await ours(name, PROMPT)]);
  });
});

describe('in transformers.js', () => {
  it.each(['llama', 'gemma'])(
    'a %s, whose heads share keys and values, writes the same 50 greedy tokens',
    async (name) => {
      const out = await exported(name, { format: 'onnx' });
      expect(await theirs(out, 'fp32', [PROMPT])).toEqual([await ours(name, PROMPT)]);
    },
  );

  it.each(['bpe', 'llama'])(
    'prompts of different lengths, in one batch, are continued as they are alone: %s',
    async (name) => {
      const out = await exported(name, { format: 'onnx' });
      const prompts = [PROMPT, 'a', 'a  b   c'];
      const expected = await Promise.all(prompts.map((prompt) => ours(name, prompt)));
      expect(await theirs(out, 'fp32', prompts)).toEqual(expected);
    },
  );

  it.each(['fp16', 'int8', 'q8', 'q4'] as const)('%s is found and runs', async (dtype) => {
    const out = await exported('byte', { format: 'onnx', dtypes: ['fp16', 'int8', 'int4'] });
    const [text] = await theirs(out, dtype, [PROMPT]);
    expect(text!.slice(0, PROMPT.length)).toBe(PROMPT);
    expect(text!.length).toBeGreaterThan(PROMPT.length + 10);
  });

  it('so is a model whose tensors lie in a second file', async () => {
    const options: ExportOptions = { format: 'onnx', dtypes: ['fp32', 'int8'], singleFileBytes: 40_000 };
    const out = await exported('byte', options);
    expect(await readdir(join(out, 'onnx'))).toEqual(
      expect.arrayContaining(['model.onnx', 'model.onnx_data', 'model_quantized.onnx']),
    );
    expect(await readdir(join(out, 'onnx'))).not.toContain('decoder_model_merged.onnx');
    expect(await theirs(out, 'fp32', [PROMPT])).toEqual([await ours('byte', PROMPT)]);
    expect(await theirs(out, 'q8', [PROMPT])).toHaveLength(1);
  });
});

describe('onnx', () => {
  it('holds every parameter by its name, bit for bit', async () => {
    const out = await exported('bpe', { format: 'onnx' });
    const file = await readFile(join(out, 'onnx/model.onnx'));
    const { parameters } = await loadCheckpoint(examples.bpe!.checkpoint, { optimizer: false });
    expect(parameters.size).toBe(28);
    for (const [name, { data }] of parameters) {
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      const at = file.indexOf(bytes);
      expect(at, name).toBeGreaterThan(0);
      expect(file.subarray(at - 80, at).toString('latin1'), name).toContain(`transformer.${name}`);
    }
  });

  it('has one file under all its names, and says what each weighs', async () => {
    const out = join(folder, 'all');
    const options: ExportOptions = { format: 'onnx', dtypes: ['fp32', 'fp16', 'int8', 'int4'] };
    const { checkpoint, files } = await exportModel(examples.byte!.checkpoint, out, options);
    expect(checkpoint).toBe(examples.byte!.checkpoint);
    const inode = async (name: string) => (await stat(join(out, 'onnx', `${name}.onnx`))).ino;
    expect(await inode('decoder_model_merged')).toBe(await inode('model'));
    expect(await inode('decoder_model_merged_quantized')).toBe(await inode('model_quantized'));
    expect(await inode('model_int8')).toBe(await inode('model_quantized'));
    const bytes = Object.fromEntries(files.map((file) => [file.path, file.bytes]));
    expect(Object.keys(bytes)).toEqual([
      'config.json',
      'generation_config.json',
      'onnx/decoder_model_merged.onnx',
      'onnx/decoder_model_merged_quantized.onnx',
      'onnx/model.onnx',
      'onnx/model_fp16.onnx',
      'onnx/model_int8.onnx',
      'onnx/model_q4.onnx',
      'onnx/model_quantized.onnx',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    for (const [path, size] of Object.entries(bytes)) expect((await stat(join(out, path))).size).toBe(size);
    expect(bytes['onnx/model.onnx']).toBeGreaterThan(bytes['onnx/model_fp16.onnx']!);
  });

  it('an LSTM is one graph, in fp32', async () => {
    const out = await exported('lstm', { format: 'onnx' });
    expect(await readdir(join(out, 'onnx'))).toEqual(['model.onnx']);
    await expect(exported('lstm', { format: 'onnx', dtypes: ['fp32', 'int8'] })).rejects.toThrow(
      'models of the kind LSTM export as fp32 only, not as int8',
    );
  });
});

describe('hf', () => {
  it('is a clean folder with the same bits', async () => {
    const out = await exported('bpe', { format: 'hf' });
    expect((await readdir(out)).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const before = await loadCheckpoint(examples.bpe!.checkpoint, { optimizer: false });
    const after = await loadCheckpoint(out, { optimizer: false });
    expect(after.parameters).toEqual(before.parameters);
    expect(after.model).toEqual(before.model);
    expect((await after.tokenizer()).fingerprint).toBe(examples.bpe!.tokenizer.fingerprint);
  });

  it('refuses an LSTM, and names what can', async () => {
    const refused = exported('lstm', { format: 'hf' });
    await expect(refused).rejects.toThrow('Hugging Face knows no model of the kind LSTM');
    await expect(refused).rejects.toMatchObject({ hint: 'export it with --format onnx' });
  });
});

describe('the folder', () => {
  const options: ExportOptions = { format: 'onnx' };

  it('that is an earlier export is replaced whole; an empty one is filled', async () => {
    const out = join(folder, 'again');
    await mkdir(out);
    await exportModel(examples.byte!.checkpoint, out, { format: 'onnx', dtypes: ['fp16'] });
    await exportModel(examples.byte!.checkpoint, out, { format: 'hf' });
    expect(await readdir(out)).not.toContain('onnx');
    await exportModel(examples.byte!.checkpoint, out, options);
    expect(await readdir(out)).not.toContain('model.safetensors');
  });

  it.each([
    ['a file of the user’s', async (out: string) => writeFile(join(out, 'README.md'), 'mine'), 'README.md'],
    ['one among the graphs', async (out: string) => writeFile(join(out, 'onnx/notes.txt'), 'x'), 'notes.txt'],
    ['no mark of ours', async (out: string) => writeFile(join(out, 'config.json'), '{}'), 'earlier export'],
  ])('is left as it is with %s', async (_, spoil, message) => {
    const out = await exported('byte', options);
    await spoil(out);
    const before = await readdir(out, { recursive: true });
    await expect(exportModel(examples.byte!.checkpoint, out, options)).rejects.toThrow(message);
    expect(await readdir(out, { recursive: true })).toEqual(before);
  });

  it('is not a checkpoint', async () => {
    const { checkpoint } = examples.byte!;
    await expect(exportModel(checkpoint, checkpoint, options)).rejects.toThrow('is not an earlier export');
  });

  it('does not come to be where the export fails', async () => {
    const out = join(folder, 'never');
    await expect(exportModel(join(folder, 'nothing'), out, options)).rejects.toThrow('no run or checkpoint');
    await expect(stat(out)).rejects.toThrow();
  });
});

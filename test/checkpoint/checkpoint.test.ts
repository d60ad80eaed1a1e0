// Checkpoints on disk: what is saved is loaded, folders made elsewhere are read, and damage is found.
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSafetensors, writeSafetensors } from '../../src/base/safetensors-disk.ts';
import { DamagedCheckpoint } from '../../src/checkpoint/checkpoint.ts';
import { checkpointName } from '../../src/checkpoint/list.ts';
import { listCheckpoints, loadCheckpoint, saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { example, GPT, LSTM, tensor } from './example.ts';

let run: string;
let folder: string;
beforeEach(() => {
  run = temporaryFolder();
  folder = join(run, 'step-000003');
});

/** Everything that a checkpoint gives, as plain values. */
async function everything(path: string): Promise<unknown> {
  const { tokenizer, ...rest } = await loadCheckpoint(path, { optimizer: true });
  const { name, fingerprint } = await tokenizer();
  return { ...rest, name, fingerprint };
}

describe('a saved checkpoint', () => {
  it('of a GPT is loaded as it was saved', async () => {
    const saved = example(3);
    await saveCheckpoint(folder, saved);
    const { tokenizer, ...rest } = saved;
    expect(await everything(folder)).toEqual({
      ...rest,
      name: 'letters',
      fingerprint: tokenizer.fingerprint,
    });
    expect((await loadCheckpoint(folder, { optimizer: false })).optimizer).toBeUndefined();
    const loaded = await (await loadCheckpoint(folder, { optimizer: false })).tokenizer();
    expect(loaded.decode(loaded.encode('bébé'))).toBe('bébé');
  });

  it('of an LSTM, saved without an optimizer, is loaded as it was saved', async () => {
    const parameters = new Map([['lstm.0.kernel', tensor([4, 16], 1)]]);
    await saveCheckpoint(folder, { ...example(3), model: LSTM, parameters, optimizer: undefined });
    expect(await loadCheckpoint(folder, { optimizer: true })).toMatchObject({ model: LSTM, parameters });
    expect(await readdir(folder)).not.toContain('optimizer.safetensors');
    const file = await openSafetensors(join(folder, 'model.safetensors'));
    expect([...file.tensors.keys()]).toEqual(['lstm.0.kernel']);
    await file.close();
  });

  it('replaces one of the same name as a whole', async () => {
    await saveCheckpoint(folder, example(1));
    await saveCheckpoint(folder, { ...example(2), optimizer: undefined });
    const loaded = await loadCheckpoint(folder, { optimizer: true });
    expect([loaded.state, loaded.optimizer]).toEqual([example(2).state, undefined]);
    expect(await readdir(run)).toEqual(['step-000003']);
  });

  it('has the files, tensor names and metadata that Python’s transformers expects', async () => {
    await saveCheckpoint(folder, example(3));
    expect((await readdir(folder)).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'meta.json',
      'model.safetensors',
      'optimizer.safetensors',
      'state.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const file = await openSafetensors(join(folder, 'model.safetensors'));
    expect([...file.tensors.keys()]).toEqual(['transformer.wte.weight', 'transformer.h.0.attn.c_attn.bias']);
    expect(file.metadata).toEqual({ format: 'pt' });
    await file.close();
    const generation = JSON.parse(await readFile(join(folder, 'generation_config.json'), 'utf8'));
    expect(generation).toEqual({ bos_token_id: 3, eos_token_id: 3 });
  });

  it('has the size and SHA-256 of every other file in its state.json', async () => {
    await saveCheckpoint(folder, example(3));
    const { format, files } = JSON.parse(await readFile(join(folder, 'state.json'), 'utf8'));
    expect(format).toBe(1);
    const expected: Record<string, object> = {};
    for (const name of (await readdir(folder)).filter((n) => n !== 'state.json')) {
      const bytes = await readFile(join(folder, name));
      expected[name] = { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
    }
    expect(files).toEqual(expected);
  });
});

describe('a GPT-2 folder made elsewhere', () => {
  const config = {
    model_type: 'gpt2',
    vocab_size: 4,
    n_positions: 8,
    n_embd: 4,
    n_layer: 1,
    n_head: 2,
    resid_pdrop: 0.25,
  };

  async function make(tensors: Record<string, number[]>): Promise<void> {
    await mkdir(folder);
    await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const list = Object.entries(tensors).map(([name, shape]) => ({ name, ...tensor(shape, 1) }));
    await writeSafetensors(join(folder, 'model.safetensors'), list);
  }

  it('is loaded with or without the prefix in its names, and without tensors that are no parameters', async () => {
    await make({
      'wte.weight': [4, 4],
      'h.0.attn.bias': [1, 1, 8, 8],
      'h.0.attn.masked_bias': [],
      'h.0.attn.c_attn.bias': [12],
      'transformer.ln_f.bias': [4],
      'lm_head.weight': [4, 4],
    });
    const { model, parameters, state, optimizer } = await loadCheckpoint(folder, { optimizer: true });
    expect([model, state, optimizer]).toEqual([GPT, undefined, undefined]);
    expect([...parameters.keys()]).toEqual(['wte.weight', 'h.0.attn.c_attn.bias', 'ln_f.bias']);
    expect(parameters.get('h.0.attn.c_attn.bias')).toEqual(tensor([12], 1));
  });

  it('is refused by the name of a file that is missing, or of a tensor that occurs twice', async () => {
    await expect(loadCheckpoint(folder, { optimizer: false })).rejects.toThrow(
      `${folder} is not a checkpoint: it has no config.json`,
    );
    await make({ 'wte.weight': [1], 'transformer.wte.weight': [1] });
    await expect(loadCheckpoint(folder, { optimizer: false })).rejects.toThrow(
      'has two tensors for wte.weight',
    );
    await rm(join(folder, 'model.safetensors'));
    await expect(loadCheckpoint(folder, { optimizer: false })).rejects.toThrow('it has no model.safetensors');
  });
});

describe('a damaged checkpoint is refused', () => {
  const READ = [
    'config.json',
    'model.safetensors',
    'optimizer.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ];

  it.each(READ)('if %s is missing, shorter or changed', async (name) => {
    const path = join(folder, name);
    await saveCheckpoint(folder, example(3));
    const bytes = await readFile(path);
    await truncate(path, bytes.length - 1);
    await expect(everything(folder)).rejects.toThrow(
      `checkpoint ${folder} is damaged: ${name} should have ${bytes.length} bytes, but has ${bytes.length - 1}`,
    );
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(path, bytes);
    await expect(everything(folder)).rejects.toThrow(`${name} has changed since it was saved`);
    await rm(path);
    const error = await everything(folder).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DamagedCheckpoint);
    expect(error).toMatchObject({ folder, message: expect.stringContaining(`${name} is missing`) });
  });

  it('if state.json is missing beside an optimizer’s file, which no other program writes', async () => {
    await saveCheckpoint(folder, example(3));
    await rm(join(folder, 'state.json'));
    await expect(everything(folder)).rejects.toThrow(
      `checkpoint ${folder} is damaged: state.json is missing`,
    );
  });

  it('if a digit in state.json was changed', async () => {
    const path = join(folder, 'state.json');
    await saveCheckpoint(folder, example(3));
    await writeFile(path, (await readFile(path, 'utf8')).replace('"step": 3', '"step": 4'));
    await expect(everything(folder)).rejects.toThrow('state.json does not match its own checksum');
  });

  it('whichever byte of any file is changed or cut off, or else loads to the same values', async () => {
    await saveCheckpoint(folder, example(3));
    const whole = await everything(folder);
    const hurt = join(run, 'hurt');
    await cp(folder, hurt, { recursive: true });
    const files = new Map<string, Buffer>();
    for (const name of await readdir(folder)) files.set(name, await readFile(join(folder, name)));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files.keys(), 'state.json', 'state.json'),
        fc.noBias(fc.nat(999_999)),
        fc.option(fc.integer({ min: 1, max: 255 })),
        async (name, where, flips) => {
          const bytes = files.get(name)!;
          const at = Math.floor((where / 1e6) * bytes.length);
          const changed = Buffer.from(flips === null ? bytes.subarray(0, at) : bytes);
          if (flips !== null) changed[at]! ^= flips;
          await writeFile(join(hurt, name), changed);
          const result = await everything(hurt).catch((error: unknown) => error);
          await writeFile(join(hurt, name), bytes);
          if (result instanceof Error) expect(result).toBeInstanceOf(DamagedCheckpoint);
          else expect(result).toEqual(whole);
          if (READ.includes(name)) expect(result).toBeInstanceOf(DamagedCheckpoint);
        },
      ),
      { numRuns: 250, seed: 11 },
    );
  });

  it('but one of a later version is not called damaged', async () => {
    await saveCheckpoint(folder, example(3));
    const later = { format: 2, whatever: [1] };
    const sha256 = createHash('sha256').update(JSON.stringify(later)).digest('hex');
    await writeFile(join(folder, 'state.json'), JSON.stringify({ ...later, sha256 }));
    const error = await everything(folder).catch((e: unknown) => e);
    expect(error).not.toBeInstanceOf(DamagedCheckpoint);
    expect(error).toMatchObject({ message: expect.stringContaining('has format 2'), hint: 'update tsgpt' });
  });
});

describe('listCheckpoints', () => {
  it('names a run’s checkpoints by step, folders only', async () => {
    expect(await listCheckpoints(join(run, 'none'))).toEqual([]);
    for (const step of [1_000_000, 500, 999_999, 0]) await mkdir(join(run, checkpointName(step)));
    await mkdir(join(run, '.step-000700.tmp-1-ab'));
    await mkdir(join(run, 'step-12'));
    await writeFile(join(run, 'step-000600'), 'a file');
    await writeFile(join(run, 'run.json'), '{}');
    expect(await listCheckpoints(run)).toEqual(['step-000000', 'step-000500', 'step-999999', 'step-1000000']);
    await expect(listCheckpoints(join(run, 'run.json'))).rejects.toThrow(
      'there is a file where a folder is needed',
    );
  });
});

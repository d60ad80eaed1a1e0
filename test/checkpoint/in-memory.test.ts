// Checkpoints in memory, as pages have them: the same files as on disk, byte for byte, read with the same checks.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { digestOfWeights } from '../../src/checkpoint/adapter-base.ts';
import type { FolderInMemory } from '../../src/checkpoint/folder-in-memory.ts';
import { folderOnDisk } from '../../src/checkpoint/folder-on-disk.ts';
import { packCheckpoint, unpackCheckpoint } from '../../src/checkpoint/in-memory.ts';
import { loadCheckpoint, saveAdapter, saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { example, tensor } from './example.ts';

const GPT2 = fileURLToPath(new URL('../golden/gpt2-tiny', import.meta.url));

const contents = example(3);
const saved = temporaryFolder();
const packed = temporaryFolder();

beforeAll(async () => {
  await saveCheckpoint(saved, contents);
  for (const [name, bytes] of await packCheckpoint(contents)) await writeFile(join(packed, name), bytes);
});

async function inMemory(folder: string): Promise<Map<string, () => Promise<Uint8Array>>> {
  const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  return new Map(files.map(({ name }) => [name, () => readFile(join(folder, name))]));
}

const refusal = (folder: FolderInMemory) => expect(unpackCheckpoint(folder, 'mine')).rejects;

it('a checkpoint is packed as the files that are saved to disk, byte for byte', async () => {
  expect((await readdir(packed)).sort()).toEqual((await readdir(saved)).sort());
  for (const name of await readdir(saved)) {
    const [ours, theirs] = await Promise.all([saved, packed].map((folder) => readFile(join(folder, name))));
    expect(ours!.equals(theirs!), name).toBe(true);
  }
});

it('a checkpoint that was packed is loaded from disk', async () => {
  const { tokenizer, ...rest } = await loadCheckpoint(packed, { optimizer: true });
  const { tokenizer: given, ...wanted } = contents;
  expect(rest).toEqual(wanted);
  expect((await tokenizer()).fingerprint).toBe(given.fingerprint);
});

it('a checkpoint that was saved to disk is unpacked', async () => {
  const { tokenizer, ...rest } = await unpackCheckpoint(await inMemory(saved), 'mine');
  const { model, parameters, state } = contents;
  expect(rest).toEqual({ model, parameters, state });
  expect([tokenizer.name, tokenizer.fingerprint]).toEqual(['letters', contents.tokenizer.fingerprint]);
});

it('a plain Hugging Face folder is unpacked without a seal', async () => {
  const folder = await inMemory(saved);
  for (const name of ['state.json', 'optimizer.safetensors', 'tokenizer_config.json']) folder.delete(name);
  const { state, tokenizer } = await unpackCheckpoint(folder, 'some/mine');
  expect([state, tokenizer.name]).toEqual([undefined, 'mine']);
});

it('a changed byte in any file is reported as damage', async () => {
  for (const name of ['config.json', 'model.safetensors', 'tokenizer.json', 'state.json']) {
    const folder = await inMemory(saved);
    const bytes = Uint8Array.from(await readFile(join(saved, name)));
    bytes[bytes.length >> 1]! ^= 1;
    folder.set(name, async () => bytes);
    await refusal(folder).toThrow('checkpoint mine is damaged: ');
  }
});

it('a missing file is named, with a seal or without', async () => {
  const sealed = await inMemory(saved);
  sealed.delete('model.safetensors');
  await refusal(sealed).toThrow('checkpoint mine is damaged: model.safetensors is missing');
  const plain = await inMemory(saved);
  for (const name of ['state.json', 'optimizer.safetensors']) plain.delete(name);
  plain.delete('tokenizer.json');
  await refusal(plain).toThrow('there is no tokenizer at mine');
  plain.delete('model.safetensors');
  await refusal(plain).toThrow('mine is not a checkpoint: it has no model.safetensors');
});

it.each([
  ['f16', 2 ** -11],
  ['bf16', 2 ** -8],
])('a model from the hub is unpacked from %s, with a prefix in its names', async (dtype, rounding) => {
  const folder = await inMemory(GPT2);
  const { parameters: exact } = await unpackCheckpoint(folder, 'tiny');
  folder.set('model.safetensors', () => readFile(join(GPT2, 'other', `${dtype}.safetensors`)));
  const { parameters } = await unpackCheckpoint(folder, 'tiny');
  expect([...parameters.keys()].sort()).toEqual([...exact.keys()].sort());
  for (const [name, { shape, data }] of parameters) {
    const wanted = exact.get(name)!;
    expect(shape).toEqual(wanted.shape);
    const far = data.findIndex(
      (value, i) => Math.abs(value - wanted.data[i]!) > rounding * Math.abs(wanted.data[i]!) + 2 ** -25,
    );
    expect([name, far]).toEqual([name, -1]);
  }
});

describe('an adapter in memory', () => {
  const module = 'h.0.attn.c_attn';
  const weight = `${module}.weight`;
  const root = temporaryFolder();
  const [base, adapter] = [join(root, 'base'), join(root, 'adapter')];
  beforeAll(async () => {
    await saveCheckpoint(base, { ...example(0), parameters: new Map([[weight, tensor([4, 12], 1)]]) });
    const tensors = new Map([
      [`${module}.lora_A.weight`, tensor([2, 4], 0)],
      [`${module}.lora_B.weight`, tensor([12, 2], 1)],
    ]);
    const from = { folder: base, sha256: await digestOfWeights(folderOnDisk(base)) };
    await saveAdapter(adapter, { ...example(1), adapter: { tensors, rank: 2, alpha: 4, base: from } });
  });

  it('is merged into its base, found among other folders, as it is from disk', async () => {
    const mine = await inMemory(adapter);
    const beside = new Map([
      ['a', await inMemory(saved)],
      ['b', new Map([['state.json', async () => new Uint8Array(3)]])],
      ['c', mine],
      ['d', await inMemory(base)],
    ]);
    const { model, parameters, state } = await unpackCheckpoint(mine, 'mine', beside);
    const loaded = await loadCheckpoint(adapter, { optimizer: false });
    expect({ model, parameters, state }).toEqual({
      model: loaded.model,
      parameters: loaded.parameters,
      state: loaded.state,
    });
  });

  it('finds a base without a seal by its weights’ SHA-256', async () => {
    const plain = await inMemory(base);
    plain.delete('state.json');
    plain.delete('optimizer.safetensors');
    const { parameters } = await unpackCheckpoint(await inMemory(adapter), 'mine', new Map([['b', plain]]));
    expect(parameters.get(weight)!.data[0]).not.toBe(1);
  });

  it('whose base was not given says which folder to give with it', async () => {
    const beside = new Map([['a', await inMemory(saved)]]);
    await expect(unpackCheckpoint(await inMemory(adapter), 'mine', beside)).rejects.toMatchObject({
      message: 'mine is an adapter of another checkpoint’s weights, and those were not given with it',
      hint: `give both folders at once: this one, and the one it was trained from, ${base}`,
    });
  });

  it('is refused if it, or its base, was damaged, or if it was made elsewhere', async () => {
    const damaged = await inMemory(adapter);
    damaged.set('adapter_model.safetensors', async () => new Uint8Array(9));
    const beside = new Map([['b', await inMemory(base)]]);
    await expect(unpackCheckpoint(damaged, 'mine', beside)).rejects.toThrow('checkpoint mine is damaged: ');
    const hurt = (await inMemory(base)).set('state.json', async () => new Uint8Array(3));
    await expect(unpackCheckpoint(await inMemory(adapter), 'mine', new Map([['b', hurt]]))).rejects.toThrow(
      'checkpoint b is damaged: ',
    );
    const foreign = await inMemory(adapter);
    for (const name of ['state.json', 'optimizer.safetensors']) foreign.delete(name);
    await refusal(foreign).toThrow('mine holds an adapter that tsgpt did not make');
  });
});

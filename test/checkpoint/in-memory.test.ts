// Checkpoints as files in memory: the files that are written to disk, byte for byte, and read as they are read there.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FolderInMemory, packCheckpoint, unpackCheckpoint } from '../../src/checkpoint/in-memory.ts';
import { loadCheckpoint } from '../../src/checkpoint/load.ts';
import { saveCheckpoint } from '../../src/checkpoint/save.ts';
import { example } from './example.ts';

const contents = example(3);
let saved: string;
let packed: string;

beforeAll(async () => {
  saved = await mkdtemp(join(tmpdir(), 'tsgpt-saved-'));
  packed = await mkdtemp(join(tmpdir(), 'tsgpt-packed-'));
  await saveCheckpoint(saved, { ...contents, optimizer: undefined });
  for (const [name, bytes] of packCheckpoint(contents)) await writeFile(join(packed, name), bytes);
});
afterAll(async () => {
  for (const folder of [saved, packed]) await rm(folder, { recursive: true, force: true });
});

async function inMemory(folder: string): Promise<Map<string, () => Promise<Uint8Array>>> {
  const names = await readdir(folder);
  return new Map(names.map((name) => [name, () => readFile(join(folder, name))]));
}

const refusal = (folder: FolderInMemory) => expect(unpackCheckpoint(folder, 'mine')).rejects;

it('packs the files that are saved to disk', async () => {
  expect((await readdir(packed)).sort()).toEqual((await readdir(saved)).sort());
  for (const name of await readdir(saved)) {
    const [ours, theirs] = await Promise.all([saved, packed].map((folder) => readFile(join(folder, name))));
    if (name !== 'state.json') expect(ours!.equals(theirs!), name).toBe(true);
  }
});

it('what was packed is loaded from disk', async () => {
  const { model, parameters, state, tokenizer } = await loadCheckpoint(packed, { optimizer: true });
  expect({ model, parameters, state }).toEqual({
    model: contents.model,
    parameters: contents.parameters,
    state: contents.state,
  });
  expect((await tokenizer()).fingerprint).toBe(contents.tokenizer.fingerprint);
});

it('what was saved to disk is unpacked', async () => {
  const { tokenizer, ...rest } = await unpackCheckpoint(await inMemory(saved), 'mine');
  const { model, parameters, state } = contents;
  expect(rest).toEqual({ model, parameters, state });
  expect([tokenizer.name, tokenizer.fingerprint]).toEqual(['letters', contents.tokenizer.fingerprint]);
});

it('a plain Hugging Face folder needs no seal', async () => {
  const folder = await inMemory(saved);
  folder.delete('state.json');
  folder.delete('tokenizer_config.json');
  const { state, tokenizer } = await unpackCheckpoint(folder, 'some/mine');
  expect([state, tokenizer.name]).toEqual([undefined, 'mine']);
});

it('damage is told', async () => {
  for (const name of ['config.json', 'model.safetensors', 'tokenizer.json', 'state.json']) {
    const folder = await inMemory(saved);
    const bytes = Uint8Array.from(await readFile(join(saved, name)));
    bytes[bytes.length >> 1]! ^= 1;
    folder.set(name, async () => bytes);
    await refusal(folder).toThrow('checkpoint mine is damaged: ');
  }
});

it('what is missing is named', async () => {
  const sealed = await inMemory(saved);
  sealed.delete('model.safetensors');
  await refusal(sealed).toThrow('checkpoint mine is damaged: model.safetensors is missing');
  const plain = await inMemory(saved);
  for (const name of ['state.json', 'tokenizer.json']) plain.delete(name);
  await refusal(plain).toThrow('mine is not a whole checkpoint: it has no tokenizer.json');
});

// Adapters on disk: merged into the base they fit, and refused by name where they do not fit it or it cannot be found.
// (Whole LoRA runs: test/run/lora.test.ts; the model with an adapter: test/models/lora.test.ts.)
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { digestOfWeights } from '../../src/checkpoint/adapter-base.ts';
import type { Tensors } from '../../src/checkpoint/checkpoint.ts';
import { folderOnDisk } from '../../src/checkpoint/folder-on-disk.ts';
import { loadCheckpoint, saveAdapter, saveCheckpoint } from '../../src/checkpoint/on-disk.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { example, tensor } from './example.ts';

const NAME = 'h.0.attn.c_attn';
const FITTING = new Map([
  [`${NAME}.lora_A.weight`, tensor([2, 4], 0)],
  [`${NAME}.lora_B.weight`, tensor([12, 2], 1)],
]);
let [root, base, folder] = ['', '', ''];
beforeEach(async () => {
  root = temporaryFolder();
  [base, folder] = [join(root, 'base'), join(root, 'adapter')];
  const parameters = new Map([[`${NAME}.weight`, tensor([4, 12], 1)]]);
  await saveCheckpoint(base, { ...example(0), parameters });
});

async function save(tensors: Tensors, from = base): Promise<void> {
  const sha256 = await digestOfWeights(folderOnDisk(from));
  const adapter = { tensors, rank: 2, alpha: 4, base: { folder: from, sha256 } };
  await saveAdapter(folder, { ...example(1), adapter });
}

const load = () => loadCheckpoint(folder, { optimizer: true });

it('an adapter that fits its base is merged into its weights, or returned beside them', async () => {
  await save(FITTING);
  const { parameters, state, optimizer, model } = await load();
  const plain = await loadCheckpoint(base, { optimizer: false });
  expect({ state, optimizer, model }).toEqual({
    state: example(1).state,
    optimizer: example(1).optimizer,
    model: plain.model,
  });
  // A's column 3 is (3/8, 7/8), B's row 5 (1 + 10/8, 1 + 11/8), W's entry there 1 + (3 · 12 + 5)/8.
  const added = 2 * ((3 / 8) * (18 / 8) + (7 / 8) * (19 / 8));
  expect(parameters.get(`${NAME}.weight`)!.data[3 * 12 + 5]).toBe(49 / 8 + added);
  const apart = await loadCheckpoint(folder, { optimizer: false, merge: false });
  expect(apart.parameters).toEqual(plain.parameters);
  expect(apart.adapter).toMatchObject({ tensors: FITTING, rank: 2, alpha: 4, base: { folder: base } });
});

it.each<[string, Record<string, number[]>]>([
  [
    'expected h.0.attn.c_attn.lora_A.weight of shape (2,4), but got (2,5)',
    { lora_A: [2, 5], lora_B: [12, 2] },
  ],
  [
    'expected h.0.attn.c_attn.lora_B.weight of shape (12,2), but got (2,12)',
    { lora_A: [2, 4], lora_B: [2, 12] },
  ],
  ['expected h.0.attn.c_attn.lora_B.weight of shape (12,2), but it has none', { lora_A: [2, 4] }],
])('an adapter whose shapes do not fit its base is refused: %s', async (message, shapes) => {
  await save(
    new Map(Object.entries(shapes).map(([part, shape]) => [`${NAME}.${part}.weight`, tensor(shape, 0)])),
  );
  await expect(load()).rejects.toThrow(`${folder}: ${message}`);
});

it('an adapter for a weight that its base does not have is refused', async () => {
  await save(new Map([['h.7.mlp.c_fc.lora_A.weight', tensor([2, 4], 0)]]));
  await expect(load()).rejects.toThrow(`${folder} is for h.7.mlp.c_fc.weight, which its base has not`);
});

it('an adapter that is its own base is refused', async () => {
  const tensors = new Map([[`${NAME}.lora_A.weight`, tensor([2, 4], 0)]]);
  await save(tensors);
  await save(tensors, folder);
  await expect(load()).rejects.toThrow(`${folder} is an adapter of itself`);
});

it('a base whose state.json is damaged is named, and not taken for another checkpoint', async () => {
  await save(FITTING);
  await writeFile(join(base, 'state.json'), '{}');
  await expect(load()).rejects.toThrow(`checkpoint ${base} is damaged: state.json`);
});

it('a base is found where it was, if the folder at its place now is empty or damaged', async () => {
  await save(FITTING);
  const merged = (await load()).parameters;
  const moved = join(root, 'deep', 'down');
  await cp(folder, join(moved, 'adapter'), { recursive: true });
  await mkdir(join(moved, 'base'));
  for (const state of [undefined, '{}']) {
    if (state !== undefined) await writeFile(join(moved, 'base', 'state.json'), state);
    const found = await loadCheckpoint(join(moved, 'adapter'), { optimizer: false });
    expect(found.parameters).toEqual(merged);
  }
});

// ONNX files in all the forms that hold the same GPT-2: each gives the same weights, and onnxruntime the same logits.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { weightsByName } from '../../../src/architectures/gpt/onnx-weights.ts';
import { openSafetensors } from '../../../src/base/safetensors-disk.ts';
import { openOnnx as openAny } from '../../../src/hub/onnx-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { goldenPrompts, runOnnx, TINY } from '../golden.ts';
import { externalTensor, FORMS, putTogether, rawTensor, takeApart } from './forms.ts';

const openOnnx = (path: string) => openAny(path, weightsByName);

const folder = temporaryFolder();
let original: Buffer;
beforeAll(async () => {
  original = await readFile(join(TINY, 'onnx/model.onnx'));
});

async function write(
  name: string,
  model: Uint8Array,
  others: Record<string, Uint8Array> = {},
): Promise<string> {
  await mkdir(join(folder, name), { recursive: true });
  for (const [file, bytes] of Object.entries({ ...others, 'model.onnx': model }))
    await writeFile(join(folder, name, file), bytes);
  return join(folder, name, 'model.onnx');
}

/** Every weight, bit for bit, as the golden safetensors has it. */
async function expectSameWeights(path: string): Promise<void> {
  const [theirs, ours] = [await openSafetensors(join(TINY, 'model.safetensors')), await openOnnx(path)];
  try {
    for (const [name, { shape }] of theirs.tensors) {
      if (name.endsWith('.attn.bias')) continue;
      expect([name, ours.tensors.get(name)?.shape]).toEqual([name, shape]);
      expect(await ours.read(name)).toEqual(await theirs.read(name));
    }
    if (ours.tensors.has('lm_head.weight'))
      expect(await ours.read('lm_head.weight')).toEqual(await theirs.read('wte.weight'));
  } finally {
    await theirs.close();
    await ours.close();
  }
}

describe('the same weights and logits from', () => {
  it('what torch.onnx wrote', async () => {
    const path = join(TINY, 'onnx/model.onnx');
    await expectSameWeights(path);
    const file = await openOnnx(path);
    expect(file.tensors.get('lm_head.weight')).toMatchObject({ dtype: 'F32', shape: [300, 32] });
    await file.close();
  });

  it.each(FORMS)('$about', async ({ about, make, runs = true }) => {
    const { model, others } = make(original);
    const path = await write(about, model, others);
    await expectSameWeights(path);
    if (!runs) return;
    const [{ ids, logits }] = (await goldenPrompts()) as [Awaited<ReturnType<typeof goldenPrompts>>[0]];
    expect(await runOnnx(path, ids)).toAgree(logits.flat(), 'model');
  });
});

describe('refuses', () => {
  const tensor = (name: string) => takeApart(original).initializers.find((one) => one.name.endsWith(name))!;

  it('quantised weights, in words', async () => {
    const parts = takeApart(original);
    const node = { name: '', inputs: ['a', 'b'], outputs: ['c'], attributes: [] };
    for (const op of ['DequantizeLinear', 'MatMulInteger', 'MatMulNBits', 'QLinearMatMul']) {
      const path = await write(
        'quantised',
        putTogether({ ...parts, nodes: [{ ...node, op }, ...parts.nodes] }),
      );
      await expect(openOnnx(path)).rejects.toThrow(`${path} holds quantised weights (${op})`);
    }
  });

  it('two tensors of one name, or for one weight', async () => {
    const parts = takeApart(original);
    const again = { ...parts, initializers: [...parts.initializers, tensor('h.1.ln_2.bias')] };
    await expect(openOnnx(await write('twice', putTogether(again)))).rejects.toThrow(
      'two tensors are named transformer.h.1.ln_2.bias',
    );
    const other = { ...tensor('h.1.ln_2.bias'), name: 'h.1.ln_2.bias_merged_1' };
    const two = { ...parts, initializers: [...parts.initializers, other] };
    await expect(openOnnx(await write('twice', putTogether(two)))).rejects.toThrow(
      'has two tensors for h.1.ln_2.bias',
    );
  });

  const places: [what: string, place: Record<string, string>, says: string][] = [
    ['above its folder', { location: '../data' }, 'expected a name inside its folder for a file that tensor'],
    ['above its folder by a way around', { location: 'a/../../data' }, 'a name inside its folder'],
    ['above its folder, Windows’ way', { location: '..\\data' }, 'a name inside its folder'],
    ['anywhere', { location: '/etc/passwd' }, 'a name inside its folder'],
    ['on another disk', { location: 'C:data' }, 'a name inside its folder'],
    ['nowhere', {}, 'a name inside its folder'],
    ['in a file that is not there', { location: 'none' }, 'no such file or folder while reading'],
    ['in a folder', { location: '.' }, 'is not a file'],
    ['beyond the end', { location: 'data', offset: '4' }, 'tensor h.1.ln_2.bias'],
    ['before the start', { location: 'data', offset: '-4' }, 'expected a number of bytes as its offset'],
    ['at no number', { location: 'data', offset: '1e3' }, 'expected a number of bytes as its offset'],
    ['far away', { location: 'data', offset: '9'.repeat(400) }, 'expected a number of bytes as its offset'],
    ['in too few bytes', { location: 'data', length: '124' }, 'needs 128 bytes of values, but has 124'],
  ];
  it.each(places)('values %s', async (_, place, says) => {
    const model = putTogether(takeApart(original), (one) =>
      one.name.endsWith('h.1.ln_2.bias') ? externalTensor(one, place) : rawTensor(one),
    );
    const path = await write('external', model, { data: new Uint8Array(128) });
    const error: unknown = await openOnnx(path)
      .then((file) => file.read('h.1.ln_2.bias'))
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'TsgptError', message: expect.stringContaining(says) });
  });

  it.each([
    ['too few values', { data: new Uint8Array(124) }, 'needs 128 bytes of values, but has 124'],
    ['a size beyond all files', { shape: [2 ** 52, 2 ** 52] }, 'bytes of values, but has 128'],
    ['a size that overflows', { shape: [-1, -1, -1, 0] }, 'bytes of values, but has 128'],
    ['too many dimensions', { shape: new Array(40).fill(1) }, 'has too many dimensions'],
  ])('%s', async (_, change, says) => {
    const model = putTogether(takeApart(original), (one) =>
      rawTensor(one.name.endsWith('h.1.ln_2.bias') ? { ...one, ...change } : one),
    );
    await expect(openOnnx(await write('sizes', model))).rejects.toThrow(says);
  });
});

// Our GGUF files are, to the byte, those of llama.cpp's own Python package.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ByteWriter, bool, f32, text, u32 } from '../../../src/formats/gguf/metadata.ts';
import type { GgufModel, GgufTensor } from '../../../src/formats/gguf/model.ts';
import { bytesOf } from '../../../src/formats/gguf/quantise.ts';
import { writeGguf } from '../../../src/formats/gguf/write-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const bytes = z.string().transform((encoded) => Buffer.from(encoded, 'base64'));
const { columns, ...golden } = z
  .object({
    columns: z.int(),
    values: bytes,
    quantised: z.object({ f16: bytes, bf16: bytes, q8_0: bytes, q4_0: bytes }),
    file: bytes,
  })
  .parse(JSON.parse(readFileSync(new URL('../../golden/gguf.json', import.meta.url), 'utf8')));
const values = new Float32Array(new Uint8Array(golden.values).buffer);
const rows = values.length / columns;

describe.each(['f16', 'bf16', 'q8_0', 'q4_0'] as const)('%s', (dtype) => {
  it('has the bits of llama.cpp’s', () => {
    expect(Buffer.from(bytesOf(values, dtype))).toEqual(golden.quantised[dtype]);
  });
});

const folder = temporaryFolder();
const tensor = (name: string, shape: number[], kind: GgufTensor['kind'], own: Float32Array): GgufTensor => ({
  name,
  shape,
  kind,
  values: () => own,
});

it('a whole file, with a tensor that has no rows of 32', async () => {
  const corner = Float32Array.from({ length: 15 }, (_, i) => values[Math.floor(i / 5) * columns + (i % 5)]!);
  const model: GgufModel = {
    architecture: 'gpt2',
    metadata: { context_length: u32(128), 'attention.layer_norm_epsilon': f32(1e-5) },
    tensors: [
      tensor('token_embd.weight', [rows, columns], 'rows', values),
      tensor('blk.0.attn_norm.bias', [3], 'exact', values.slice(0, 3)),
      tensor('blk.0.ffn_up.weight', [3, 5], 'matrix', corner),
    ],
  };
  const path = join(folder, 'model.gguf');
  const kept = await writeGguf(path, model, 'q8_0', {
    'general.name': text('größe'),
    'tokenizer.ggml.add_bos_token': bool(false),
    'tokenizer.ggml.tokens': { type: 'strings', value: ['a', 'é', ''] },
    'tokenizer.ggml.token_type': { type: 'i32s', value: [1, 3, 5] },
  });
  expect(kept).toEqual(['blk.0.ffn_up.weight']);
  expect(await readFile(path)).toEqual(golden.file);
});

describe('what a dtype cannot hold is refused', () => {
  it.each([
    ['f16', 70_000],
    ['q8_0', Number.NaN],
    ['q4_0', Number.POSITIVE_INFINITY],
    ['q8_0', 1e9],
  ] as const)('%s: %d', async (dtype, value) => {
    const model: GgufModel = {
      architecture: 'x',
      metadata: {},
      tensors: [tensor('w', [1, 32], 'matrix', new Float32Array(32).fill(value))],
    };
    const written = writeGguf(join(folder, `${dtype}-${value}.gguf`), model, dtype, {});
    await expect(written).rejects.toThrow(`tensor w holds ${value}, which ${dtype} cannot`);
  });
});

it.each([
  ['strings', ['token', 'é', '']],
  ['i32s', [-1, 2, 3]],
  ['f32s', [0.5, -2]],
] as const)('a head of several hundred kilobytes, of %s', (type, some) => {
  const all = Array.from({ length: 60_000 }, (_, i) => some[i % some.length]!);
  const bytes = (value: string | number) => {
    if (typeof value === 'number')
      return Buffer.from((type === 'i32s' ? Int32Array : Float32Array).of(value).buffer);
    return Buffer.concat([size(Buffer.byteLength(value)), Buffer.from(value)]);
  };
  const size = (length: number) => Buffer.from(BigUint64Array.of(BigInt(length)).buffer);
  const code = { strings: 8, i32s: 5, f32s: 6 }[type];
  const head = [size(1), Buffer.from('k'), Buffer.from(Uint32Array.of(9, code).buffer), size(all.length)];
  const writer = new ByteWriter();
  writer.entry('k', { type, value: all } as Parameters<ByteWriter['entry']>[1]);
  expect(Buffer.from(writer.bytes).equals(Buffer.concat([...head, ...all.map(bytes)]))).toBe(true);
});

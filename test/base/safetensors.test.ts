// Safetensors files, written by us, by hand and by an enemy, read from disk and from memory.
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { digestFile } from '../../src/base/atomic-files.ts';
import { TsgptError } from '../../src/base/errors.ts';
import { bytesAsFile } from '../../src/base/read-floats.ts';
import { openSafetensors, writeSafetensors } from '../../src/base/safetensors-disk.ts';
import {
  type FloatTensor,
  readSafetensors,
  type SafetensorsContent,
} from '../../src/base/safetensors-file.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { hurtCopies } from './hurt.ts';

const folder = temporaryFolder();
let path: string;
beforeAll(async () => {
  path = join(folder, 'x.safetensors');
});

/** A file put together by hand, apart from our writer. */
function fileOf(header: string | Uint8Array, data: Uint8Array, claimed?: bigint): Buffer {
  const json = Buffer.from(header as string);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(claimed ?? BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

function floats(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, 4 * i);
  });
  return bytes;
}

async function valuesIn({ tensors, read }: SafetensorsContent): Promise<Map<string, FloatTensor>> {
  const all = new Map<string, FloatTensor>();
  for (const [name, { shape }] of tensors) all.set(name, { shape, data: await read(name) });
  return all;
}

async function readAll(file: string): Promise<Map<string, FloatTensor>> {
  const opened = await openSafetensors(file);
  try {
    return await valuesIn(opened);
  } finally {
    await opened.close();
  }
}

async function readInMemory(bytes: Uint8Array): Promise<Map<string, FloatTensor>> {
  return valuesIn(await readSafetensors(bytesAsFile(bytes), bytes.length, path));
}

/** Expects what is read from disk, values or an error, to be what is read from memory. */
async function readBoth(bytes: Uint8Array): Promise<Map<string, FloatTensor>> {
  await writeFile(path, bytes);
  const [fromDisk, fromMemory] = await Promise.allSettled([readAll(path), readInMemory(bytes)]);
  expect(fromMemory).toEqual(fromDisk);
  if (fromDisk.status === 'rejected') throw fromDisk.reason;
  return fromDisk.value;
}

async function complaint(bytes: Uint8Array): Promise<string> {
  const error = await readBoth(bytes).then(
    () => 'no error',
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(TsgptError);
  return error instanceof Error ? error.message : '';
}

describe('reading safetensors', () => {
  it('takes the layout that Python writes: sorted by dtype, odd offsets, padded with spaces', async () => {
    const header =
      '{"__metadata__":{"format":"pt"},' +
      '"b":{"dtype":"F32","shape":[2,2],"data_offsets":[2,18]},' +
      '"empty":{"dtype":"F32","shape":[0,7],"data_offsets":[18,18]},' +
      '"mask":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]},' +
      '"scalar \\u00e9":{"dtype":"F32","shape":[],"data_offsets":[18,22]}}   ';
    await writeFile(
      path,
      fileOf(header, Buffer.concat([Buffer.from([1, 0]), floats(1, -2.5, 3e-20, 4, 0.125)])),
    );
    const file = await openSafetensors(path);
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(file.tensors.get('mask')).toMatchObject({ dtype: 'BOOL', shape: [2] });
    expect(await file.read('b')).toEqual(new Float32Array([1, -2.5, 3e-20, 4]));
    expect(await file.read('empty')).toEqual(new Float32Array(0));
    expect(await file.read('scalar é')).toEqual(new Float32Array([0.125]));
    await expect(file.read('mask')).rejects.toThrow(
      `${path} stores tensor mask as BOOL; only F32, F16, BF16 can be read`,
    );
    await expect(file.read('c')).rejects.toThrow(`${path} has no tensor c`);
    await file.close();
  });

  it('widens F16 and BF16 to float32, also tensors that are read in several pieces', async () => {
    const many = 5_000_000; // more than are read at once
    const header =
      `{"half":{"dtype":"F16","shape":[${many}],"data_offsets":[0,${2 * many}]},` +
      `"brain":{"dtype":"BF16","shape":[1,3],"data_offsets":[${2 * many},${2 * many + 6}]}}`;
    const words = Uint16Array.from({ length: many + 3 }, (_, i) => 0x3c00 + (i % 1024)); // 1 to 2 as halves
    words.set([0x3f80, 0xc020, 0x7f80], many);
    await writeFile(path, fileOf(header, Buffer.from(words.buffer)));
    const file = await openSafetensors(path);
    expect(await file.read('brain')).toEqual(new Float32Array([1, -2.5, Infinity]));
    const half = await file.read('half');
    expect(half).toHaveLength(many);
    expect(half.every((value, i) => value === 1 + (i % 1024) / 1024)).toBe(true);
    await file.close();
  });

  it('reads one tensor beyond 2 GiB without reading the others', async () => {
    const far = 4 * 700_000_000;
    const header = `{"near":{"dtype":"F32","shape":[700000000],"data_offsets":[0,${far}]},"far":{"dtype":"F32","shape":[2],"data_offsets":[${far},${far + 8}]}}`;
    const start = fileOf(header, Buffer.alloc(0));
    const sparse = await open(path, 'w');
    await sparse.write(start);
    await sparse.write(floats(5, 6), 0, 8, start.length + far);
    await sparse.close();
    const file = await openSafetensors(path);
    expect(await file.read('far')).toEqual(new Float32Array([5, 6]));
    await file.close();
  });
});

describe('a hostile safetensors file is refused', () => {
  const one = (rest: string) => `{"a":{"dtype":"F32",${rest}}}`;
  const whole = one('"shape":[2],"data_offsets":[0,8]');
  const cases: [
    what: string,
    header: string | Uint8Array,
    says: string,
    dataBytes?: number,
    claimed?: bigint,
  ][] = [
    ['a header longer than the file', whole, 'claims 4096', 8, 4096n],
    ['a header of 2^64 - 1 bytes', whole, 'at most', 8, 2n ** 64n - 1n],
    ['no JSON', '{"a":', 'is not valid JSON'],
    ['an array', '[]', 'not a JSON object'],
    ['leading spaces', ` ${whole}`, 'not a JSON object'],
    ['broken UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 'not UTF-8'],
    ['a tensor that is no object', '{"a":1}', 'tensor "a"'],
    ['an unknown dtype', '{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}', 'tensor "a" dtype'],
    ['a negative size', one('"shape":[-2],"data_offsets":[0,8]'), 'tensor "a" shape 0'],
    ['a broken size', one('"shape":[1.5],"data_offsets":[0,8]'), 'tensor "a" shape 0'],
    ['an overflowing size', one('"shape":[4294967296,4294967296],"data_offsets":[0,8]'), 'impossibly large'],
    [
      'a size that overflows to 0',
      one('"shape":[1e300,1e300,0],"data_offsets":[0,0]'),
      'tensor "a" shape',
      0,
    ],
    ['three offsets', one('"shape":[2],"data_offsets":[0,8,8]'), 'tensor "a" data_offsets'],
    ['an end before the start', one('"shape":[0],"data_offsets":[8,0]'), 'tensor "a" should start at byte 0'],
    ['too few bytes for the shape', one('"shape":[3],"data_offsets":[0,8]'), 'needs 12 bytes, but has 8'],
    ['more data than tensors', whole, 'need 8 bytes of data, but it has 9', 9],
    ['less data than tensors', whole, 'need 8 bytes of data, but it has 7', 7],
    ['a hole', one('"shape":[2],"data_offsets":[4,12]'), 'should start at byte 0 of the data, not 4', 12],
    [
      'an overlap',
      '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}',
      'tensor "b" should start at byte 8',
      12,
    ],
    ['a name twice', `${whole.slice(0, -1)},${whole.slice(1)}`, 'occurs twice'],
    [
      'an escaped name twice',
      `${whole.slice(0, -1)},${whole.slice(1).replace('"a"', '"\\u0061"')}`,
      'occurs twice',
    ],
    ['a key twice', one('"shape":[1],"shape":[2],"data_offsets":[0,8]'), 'occurs twice'],
    ['metadata that is no text', `{"__metadata__":{"step":5},${whole.slice(1)}`, '__metadata__ step'],
    [
      '__proto__ as a name',
      '{"__proto__":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}',
      'tensor "__proto__"',
    ],
  ];
  it.each(cases)('for %s', async (_, header, says, dataBytes = 8, claimed = undefined) => {
    const message = await complaint(fileOf(header, Buffer.alloc(dataBytes), claimed));
    expect(message).toContain(path);
    expect(message).toContain(says);
  });

  it('if it is shorter than a header, empty, a folder, or not there', async () => {
    expect(await complaint(Uint8Array.of(1, 2, 3))).toContain('3 bytes');
    expect(await complaint(new Uint8Array(0))).toContain('0 bytes');
    await expect(openSafetensors(folder)).rejects.toThrow('there is a folder where a file is needed');
    await expect(openSafetensors(join(folder, 'none'))).rejects.toThrow('no such file or folder');
  });

  it('or reads within its own bounds, whatever bytes are changed or cut off', async () => {
    const metadata = '{"__metadata__":{"format":"pt","q\\"uote":"\\\\"},';
    const bytes = fileOf(
      `${metadata}"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"F32","shape":[3],"data_offsets":[24,36]}}`,
      floats(1, 2, 3, 4, 5, 6, 7, 8, 9),
    );
    await fc.assert(
      fc.asyncProperty(hurtCopies(bytes), async ({ bytes: hurt, edits, cut }) => {
        try {
          let total = 0;
          for (const { shape, data } of (await readBoth(hurt)).values()) {
            expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
            total += data.byteLength;
          }
          expect(total).toBeLessThan(hurt.length);
          if (edits === 0) expect(cut).toBeNull();
        } catch (error) {
          expect(error).toBeInstanceOf(TsgptError);
        }
      }),
      { numRuns: 1500, seed: 7 },
    );
  });
});

describe('writing safetensors', () => {
  it('gives the bytes that the format prescribes, and their digest', async () => {
    const tensors = [
      { name: 'w', shape: [1, 2], data: new Float32Array([9, 1, 2]).subarray(1) },
      { name: 's', shape: [], data: new Float32Array([0.5]) },
    ];
    const digest = await writeSafetensors(path, tensors, { format: 'pt' });
    const json =
      '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"s":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}';
    const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
    expect(await readFile(path)).toEqual(fileOf(padded, floats(1, 2, 0.5)));
    expect(digest).toEqual(await digestFile(path));
  });

  it('keeps any tensors, whatever their names and values, to the bit', async () => {
    const tensor = fc.float32Array({ maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ unit: 'grapheme' }), tensor), async (given) => {
        const tensors = Object.entries(given).map(([name, data]) => ({ name, shape: [data.length], data }));
        await writeSafetensors(path, tensors);
        const read = await readAll(path);
        expect([...read.keys()].sort()).toEqual(Object.keys(given).sort());
        for (const [name, data] of Object.entries(given)) {
          expect(Buffer.from(read.get(name)!.data.buffer)).toEqual(Buffer.from(data.slice().buffer));
        }
      }),
      { numRuns: 100 },
    );
  });

  it('splits a tensor that is larger than one piece without a mistake', async () => {
    const data = Float32Array.from({ length: 2_500_000 }, (_, i) => i);
    expect(await writeSafetensors(path, [{ name: 'big', shape: [data.length], data }])).toEqual(
      await digestFile(path),
    );
    expect((await readAll(path)).get('big')!.data.every((value, i) => value === i)).toBe(true);
  });

  it('asks for the values of one tensor at a time, in their order', async () => {
    const asked: string[] = [];
    const lazy = (name: string, ...values: number[]) => ({
      name,
      shape: [values.length],
      data: async () => {
        asked.push(name);
        return Float32Array.from(values);
      },
    });
    const tensors = [
      lazy('b', 1, 2),
      { name: 'at hand', shape: [1], data: Float32Array.of(3) },
      lazy('a', 4),
    ];
    expect(await writeSafetensors(path, tensors)).toEqual(await digestFile(path));
    expect(asked).toEqual(['b', 'a']);
    const read = await readAll(path);
    expect([...read.values()].flatMap(({ data }) => [...data])).toEqual([1, 2, 3, 4]);
    await expect(writeSafetensors(path, [{ ...lazy('b', 1), shape: [2] }])).rejects.toThrow(
      'expected 2 values',
    );
  });

  it('refuses a shape that does not fit its values, and a name that occurs twice', async () => {
    const data = new Float32Array(2);
    await expect(writeSafetensors(path, [{ name: 'w', shape: [3], data }])).rejects.toThrow(
      'expected 3 values for tensor w of shape [3], but got 2',
    );
    const twice = { name: 'w', shape: [2], data };
    await expect(writeSafetensors(path, [twice, twice])).rejects.toThrow('two tensors are named "w"');
  });
});

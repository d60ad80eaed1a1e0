// Files that lie, in whatever way: always an error of ours, at once, that names the tensor where there is one.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { weightsByName } from '../../src/architectures/gpt/onnx-weights.ts';
import { TsgptError } from '../../src/base/errors.ts';
import { openSafetensors, writeSafetensors } from '../../src/base/safetensors-disk.ts';
import type { NamedTensor } from '../../src/base/safetensors-file.ts';
import { importModel } from '../../src/hub/import.ts';
import { openOnnx } from '../../src/hub/onnx-file.ts';
import { hurtCopies } from '../base/hurt.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { copyTiny, golden, TINY } from './golden.ts';
import { encode, type Fields, text, varint } from './onnx/protobuf.ts';

const MOST_SECONDS = 20; // of the processor's time, which other work does not change; here it is less than two

const folder = temporaryFolder();
let onnx: string;
let tensors: NamedTensor[];
beforeAll(async () => {
  onnx = join(folder, 'model.onnx');
  const file = await openSafetensors(join(TINY, 'model.safetensors'));
  tensors = [];
  for (const [name, { shape }] of file.tensors) tensors.push({ name, shape, data: await file.read(name) });
  await file.close();
});

/** What opening and reading the whole file says; nothing if it can be read. */
async function complaint(bytes: Uint8Array): Promise<string | undefined> {
  await writeFile(onnx, bytes);
  try {
    const file = await openOnnx(onnx, weightsByName);
    try {
      let floats = 0;
      for (const name of file.tensors.keys()) floats += (await file.read(name)).length;
      expect(floats).toBeLessThan(100 * bytes.length); // one tensor may be there under several names
    } finally {
      await file.close();
    }
  } catch (error) {
    expect(error).toBeInstanceOf(TsgptError);
    return error instanceof Error ? error.message : '';
  }
  return undefined;
}

describe('ONNX', () => {
  it('any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await complaint(bytes)).toContain(onnx);
      }),
      { numRuns: 500 },
    );
  });

  /** Messages in messages, with the numbers that fields of ONNX have, and values that make no sense. */
  const anyMessage = fc.letrec<{ message: Uint8Array; value: number | Uint8Array }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.oneof(
        fc.nat(20),
        fc.maxSafeInteger(),
        fc.uint8Array({ maxLength: 12 }),
        fc.constant(text('wte.weight')),
      ),
      tie('message'),
    ),
    message: fc.array(fc.tuple(fc.nat(14), tie('value')), { maxLength: 8 }).map((fields) => encode(fields)),
  })).message;

  it('any messages', async () => {
    await fc.assert(
      fc.asyncProperty(anyMessage, async (graph) => {
        await complaint(encode([[7, graph]]));
      }),
      { numRuns: 500 },
    );
  });

  /** What follows the graph, and is not asked for: the versions of the operators. */
  const GRAPH_END = 4;

  it('any flipped or cut byte', async () => {
    const bytes = await readFile(golden('gpt2-fresh/onnx/model.onnx'));
    await fc.assert(
      fc.asyncProperty(hurtCopies(bytes), async ({ bytes: hurt, edits, cut }) => {
        const says = await complaint(hurt);
        if (edits > 0) return;
        if (cut === null) expect(says).toBeUndefined();
        else if (cut < bytes.length - GRAPH_END) expect(says).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  const graph = (...fields: Fields) => encode([[7, encode(fields)]]);
  const HUGE = Buffer.from([...new Array(9).fill(0xff), 1]); // 2^64 - 1

  const cases: [what: string, bytes: () => Uint8Array, says: string][] = [
    ['nothing', () => new Uint8Array(0), 'it has no graph'],
    ['text', () => text('a story'), 'is not a whole ONNX file'],
    [
      'an absurd length',
      () => Buffer.concat([Buffer.of(0x3a), HUGE]),
      'claims 18446744073709552000 bytes, but 0',
    ],
    [
      'a length past the message’s end',
      () => graph([5, Buffer.of(0x4a, 100, 1, 2)]),
      'claims 100 bytes, but 2 are',
    ],
    ['a number without end', () => Buffer.from([0x08, ...new Array(30).fill(0x80)]), 'does not end'],
    ['a number that the end cuts', () => Buffer.of(0x08, 0x80), 'does not end'],
    ['field 0', () => Buffer.of(0x02, 0), 'there is no field at byte 0'],
    ['a group', () => Buffer.of(0x0b, 0x0c), 'there is no field at byte 0'],
    ['a name that is a number', () => graph([1, encode([[3, 7]])]), 'expected a text'],
    ['a number that is a name', () => graph([5, encode([[2, text('x')]])]), 'expected a number'],
    ['a long name', () => graph([1, encode([[3, Buffer.alloc(5000, 'a')]])]), 'has 5000 bytes'],
    ['two graphs', () => Buffer.concat([graph(), graph()]), 'it has two graphs'],
    ['nested graphs', () => graph([1, nested(50)]), 'nested more than 8 deep'],
    ['very deeply nested graphs', () => graph([1, nested(20_000)]), 'nested more than 8 deep'],
    ['many tensors without names', () => repeated(5, Buffer.of(), 200_000), 'two tensors are named'],
    ['many tensors', () => encode([[7, manyTensors(150_000)]]), 'more than 100000 tensors'],
    ['many nodes', () => repeated(1, Buffer.of(), 10_000_000), 'more than 100000 nodes'],
    ['many fields', () => Buffer.alloc(30_000_000, Buffer.of(0x08, 1)), 'more than 2000000 fields'],
    ['many long names', () => repeated(1, manyNames(), 20), 'its names are too many and too long'],
  ];
  it.each(cases)('%s', async (_, bytes, says) => {
    const file = bytes();
    const [before, started] = [process.memoryUsage().rss, process.cpuUsage()];
    expect(await complaint(file)).toMatch(new RegExp(says));
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(MOST_SECONDS);
    expect(process.memoryUsage().rss - before).toBeLessThan(700e6);
  });

  /** A node with a graph in it, with a node with a graph in it… */
  function nested(depth: number): Uint8Array {
    const pieces: Buffer[] = [];
    let length = 0;
    for (let i = 0; i < depth; i++) {
      for (const field of [1, 6, 5]) {
        const piece = Buffer.concat([Buffer.of(field * 8 + 2), varint(length)]);
        pieces.push(piece);
        length += piece.length;
      }
    }
    return Buffer.concat(pieces.reverse());
  }

  function repeated(field: number, content: Uint8Array, times: number): Uint8Array {
    const piece = encode([[field, content]]);
    return encode([[7, Buffer.alloc(piece.length * times, piece)]]);
  }

  function manyTensors(count: number): Buffer {
    return encode(Array.from({ length: count }, (_, i) => [5, encode([[8, text(`t${i}`)]])]));
  }

  function manyNames(): Uint8Array {
    return encode(Array.from({ length: 1000 }, () => [1, Buffer.alloc(4000, 'n')]));
  }
});

describe('weights', () => {
  let source: string;
  beforeEach(async () => {
    source = join(folder, 'source');
    await rm(source, { recursive: true, force: true });
    await mkdir(source);
    await copyTiny(source, {});
  });

  const refusal = async (): Promise<string> => {
    const out = join(folder, 'out');
    const error: unknown = await importModel(source, out).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error === undefined || error instanceof TsgptError).toBe(true);
    return error instanceof Error ? error.message : 'no error';
  };
  const save = (list: readonly NamedTensor[], name = 'model.safetensors') =>
    writeSafetensors(join(source, name), list);

  it.each([Number.NaN, Infinity, -Infinity])('%s in a tensor', async (value) => {
    const hurt = tensors.map((tensor) => {
      if (tensor.name !== 'h.1.mlp.c_fc.weight' || typeof tensor.data === 'function') return tensor;
      const data = tensor.data.slice();
      data[123] = value;
      return { ...tensor, data };
    });
    await save(hurt);
    expect(await refusal()).toContain(`tensor h.1.mlp.c_fc.weight holds ${value} at position 123`);
  });

  it('a head of its own, and one that is the embedding', async () => {
    const embedding = tensors.find(({ name }) => name === 'wte.weight')!;
    const head = { ...embedding, name: 'lm_head.weight' };
    await save([...tensors, head]);
    expect(await refusal()).toBe('no error');
    const data = Float32Array.from(head.data as Float32Array, (value, i) => (i === 9000 ? value + 1 : value));
    await save([...tensors, { ...head, data }]);
    expect(await refusal()).toContain('lm_head.weight differs from wte.weight at position 9000');
    await save([...tensors, { ...head, shape: [32, 300] }]);
    expect(await refusal()).toContain('expected lm_head.weight of shape (300,32), but got (32,300)');
  });

  it('a tensor missing, there twice, or of another shape', async () => {
    await save(tensors.filter(({ name }) => name !== 'h.0.ln_2.bias'));
    expect(await refusal()).toContain('has no tensor h.0.ln_2.bias');
    const twice = { ...tensors.find(({ name }) => name === 'ln_f.bias')!, name: 'transformer.ln_f.bias' };
    await save([...tensors, twice]);
    expect(await refusal()).toContain('has two tensors for ln_f.bias: ln_f.bias and transformer.ln_f.bias');
    const turned = (tensor: NamedTensor) =>
      tensor.name === 'h.0.attn.c_attn.weight' ? { ...tensor, shape: [96, 32] } : tensor;
    await save(tensors.map(turned));
    expect(await refusal()).toContain('expected h.0.attn.c_attn.weight of shape (32,96), but got (96,32)');
  });

  it('whole numbers in the place of floats', async () => {
    const file = await readFile(join(TINY, 'model.safetensors'));
    const length = Number(file.readBigUInt64LE());
    const header = file.toString('utf8', 8, 8 + length);
    const changed = header.replace('"wpe.weight":{"dtype":"F32"', '"wpe.weight":{"dtype":"I32"');
    expect(changed).not.toBe(header);
    await writeFile(
      join(source, 'model.safetensors'),
      Buffer.concat([file.subarray(0, 8), Buffer.from(changed), file.subarray(8 + length)]),
    );
    expect(await refusal()).toContain('stores tensor wpe.weight as I32; only F32, F16, BF16 can be read');
  });

  const index = (weight_map: unknown) =>
    writeFile(join(source, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));

  it.each(['../secret', 'a/../../secret', '/etc/passwd', '..\\secret', 'C:secret', '', 'a\0b'])(
    'an index that names %j',
    async (name) => {
      await index({ 'wte.weight': name });
      expect(await refusal()).toContain('expected a name inside its folder for a file that');
    },
  );

  it('an index that does not say what the files have', async () => {
    const [first, ...rest] = tensors as [NamedTensor, ...NamedTensor[]];
    await save([first], 'a.safetensors');
    await save(rest, 'b.safetensors');
    const all = Object.fromEntries(tensors.map(({ name }) => [name, 'b.safetensors']));
    await index(all);
    expect(await refusal()).toContain('says that b.safetensors has a tensor wte.weight, but it has not');
    await index({ ...all, 'wte.weight': 'a.safetensors' });
    expect(await refusal()).toBe('no error');
    await index({ ...all, 'wte.weight': 'a.safetensors', more: 'a.safetensors' });
    expect(await refusal()).toContain('says that a.safetensors has a tensor more');
    await save(tensors, 'b.safetensors');
    expect(await refusal()).toContain('have a tensor wte.weight');
    await index([]);
    expect(await refusal()).toContain('does not hold what was expected');
    await index({ 'wte.weight': 7 });
    expect(await refusal()).toContain('expected string, received number');
  });
});

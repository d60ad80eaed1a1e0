// Products with matrices of four bits, run by onnxruntime, are those with the values that llama.cpp's own package makes of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { fromFloat16 } from '../../../src/base/half.ts';
import { GraphBuilder } from '../../../src/formats/onnx/graph-builder.ts';
import { GraphWeights } from '../../../src/formats/onnx/graph-weights.ts';
import { writeContents } from '../../../src/formats/onnx/write-file.ts';
import { modelBytes } from '../../../src/formats/onnx/write-model.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { ofFourBits } from '../four-bits.ts';

const folder = temporaryFolder();

interface Golden {
  columns: number;
  values: string;
  quantised: { q4_0: string };
}
const { columns: inner, ...golden } = JSON.parse(
  readFileSync(new URL('../../golden/gguf.json', import.meta.url), 'utf8'),
) as Golden;
const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const values = new Float32Array(bytes(golden.values).buffer);
const outer = values.length / inner;

/** (outer, inner): what its blocks of 18 bytes stand for, a scale and then numbers, the first half of them low. */
function goldenValues(): Float32Array {
  const blocks = bytes(golden.quantised.q4_0);
  const all = new Float32Array(values.length);
  for (let block = 0; block * 18 < blocks.length; block++) {
    const own = blocks.slice(block * 18, (block + 1) * 18);
    const [scale] = fromFloat16(new Uint16Array(own.buffer, 0, 1));
    for (let i = 0; i < 32; i++) {
      const byte = own[2 + (i % 16)]!;
      all[block * 32 + i] = scale! * ((i < 16 ? byte & 15 : byte >> 4) - 8);
    }
  }
  return all;
}

/** x (1, I) for each of the unit vectors · weight (I, O) → (I, O) */
async function runProduct(weight: Float32Array, I: number, O: number): Promise<Float32Array> {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float', ['rows', I]);
  const weights = new GraphWeights(graph, new Map([['w', { shape: [I, O], data: weight }]]), 'int4');
  graph.output(weights.product('/p', x, 'w', [I, O]), 'y', 'float', ['rows', O]);
  const file = join(folder, `${I}-${O}.onnx`);
  await writeContents(file, modelBytes(graph, 'none').model);
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1 });
  const units = Float32Array.from({ length: I * I }, (_, i) => (i % (I + 1) === 0 ? 1 : 0));
  const { y } = await session.run({ x: new Tensor('float32', units, [I, I]) });
  return y!.data as Float32Array;
}

it('of whole blocks, but for the rounding of their scales', async () => {
  const turned = Float32Array.from(values, (_, i) => values[(i % outer) * inner + Math.floor(i / outer)]!);
  const actual = await runProduct(turned, inner, outer);
  const expected = goldenValues();
  for (const [i, value] of actual.entries()) {
    const wanted = expected[(i % outer) * inner + Math.floor(i / outer)]!;
    const isTiny = Math.abs(wanted) < 1e-5; // beside the least that float16 can say
    expect(Math.abs(value - wanted)).toBeLessThanOrEqual(isTiny ? 1e-6 : Math.abs(wanted) * 2 ** -10);
  }
});

it('of a last block that is not full', async () => {
  const weight = Float32Array.from({ length: 45 * 3 }, (_, i) => Math.sin(i * i));
  expect(await runProduct(weight, 45, 3)).toAgree(ofFourBits(weight, 3), 'op');
});

// Rotary positions in a graph: a position is a multiple of 256 and the rest, and has the turns that float64 gives it.
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { GraphBuilder } from '../../../src/formats/onnx/graph-builder.ts';
import { turnsAt } from '../../../src/formats/onnx/rotary.ts';
import { writeContents } from '../../../src/formats/onnx/write-file.ts';
import { modelBytes } from '../../../src/formats/onnx/write-model.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder();
const FREQUENCIES = [1, 0.3, 1e-5];

async function turns(context: number, positions: number[]) {
  const graph = new GraphBuilder();
  const ids = graph.input('ids', 'int64', ['batch', 'length']);
  const { cos, sin } = turnsAt(graph, '/rotary', { frequencies: FREQUENCIES, ids, context });
  graph.output(cos, 'cos', 'float', ['batch', 'length', 3]);
  graph.output(sin, 'sin', 'float', ['batch', 'length', 3]);
  const file = join(folder, `${context}-${positions}.onnx`);
  const bytes = await writeContents(file, modelBytes(graph, 'none').model);
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1 });
  const given = new Tensor('int64', BigInt64Array.from(positions, BigInt), [1, positions.length]);
  const results = await session.run({ ids: given });
  return { cos: results.cos!.data as Float32Array, sin: results.sin!.data as Float32Array, bytes };
}

it.each([
  [131_072, [0, 1, 255, 256, 257, 70_000, 131_071]],
  [300, [0, 255, 256, 299]],
  [5, [0, 4]],
])('of a context of %d are right at %j', async (context, positions) => {
  const { cos, sin } = await turns(context, positions);
  for (const [t, position] of positions.entries()) {
    for (const [i, frequency] of FREQUENCIES.entries()) {
      expect(cos[t * 3 + i]).toBeCloseTo(Math.cos(position * frequency), 6);
      expect(sin[t * 3 + i]).toBeCloseTo(Math.sin(position * frequency), 6);
    }
  }
});

it('take a table of 768 rows for 131,072 positions', async () => {
  expect((await turns(131_072, [0])).bytes).toBeLessThan(768 * 2 * 3 * 4 + 3_000);
});

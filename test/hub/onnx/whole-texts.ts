// Graphs that read whole texts at once, in onnxruntime, and what they are fed.
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Model } from '../../../src/architectures/language-model.ts';
import { architectureOf } from '../../../src/architectures/list.ts';
import { writeContents } from '../../../src/formats/onnx/write-file.ts';
import { modelBytes } from '../../../src/formats/onnx/write-model.ts';

let files = 0;

/** A model's graph, or that part of it, which is written to the folder. */
export async function sessionOf(
  folder: string,
  { config, parameters }: Pick<Model, 'config' | 'parameters'>,
  part?: string,
): Promise<InferenceSession> {
  const { disk, onnx } = architectureOf(config);
  const tensors = new Map(
    Array.from(parameters, ([name, weight]) => [
      disk.toDisk(name),
      { shape: weight.shape, data: weight.dataSync<'float32'>() },
    ]),
  );
  const { graph } = await onnx!.load();
  const { model } = modelBytes(graph(config, tensors, 'fp32', part), `${part}_data`);
  const path = join(folder, `${part}-${files++}.onnx`);
  await writeContents(path, model);
  return InferenceSession.create(path, { intraOpNumThreads: 1 });
}

/** Sources side by side; what stands in the padding is no 0. */
export function filledUp(sources: number[][]): { input_ids: Tensor; attention_mask: Tensor } {
  const longest = Math.max(...sources.map((source) => source.length));
  const rows = sources.map((source) => [...source, ...Array<number>(longest - source.length).fill(3)]);
  const isReal = sources.map((source) => rows[0]!.map((_, i) => Number(i < source.length)));
  return { input_ids: int64(rows), attention_mask: int64(isReal) };
}

export function int64(rows: number[][]): Tensor {
  return new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);
}

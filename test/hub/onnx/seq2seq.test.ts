// Both graphs of a model of pairs, run by onnxruntime one after the other, give the model's own logits.
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { architectureOf } from '../../../src/architectures/list.ts';
import type { PairModel } from '../../../src/architectures/pair-model.ts';
import { writeContents } from '../../../src/formats/onnx/write-file.ts';
import { modelBytes } from '../../../src/formats/onnx/write-model.ts';
import { COMBINATIONS, livelyPairModel, padded, paddedRows, SEQ2SEQ } from '../../models/pair-example.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { usePlainBackend } from '../../training/stand-ins.ts';

usePlainBackend();

const folder = temporaryFolder();
const SOURCES = [[1, 2, 3, 4, 5], [6, 7], [8]];
const INPUTS = [
  [0, 1, 2, 3],
  [0, 4, 5, 6],
  [0, 6, 6, 1],
];

let files = 0;

async function sessionOf({ config, parameters }: PairModel, part: string): Promise<InferenceSession> {
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

function int64(rows: number[][]): Tensor {
  return new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);
}

const EXPORTED = [
  ...COMBINATIONS.filter(([, { coverage }]) => coverage === 0),
  ['an encoder of one direction', { ...SEQ2SEQ, bidirectional: false }] as const,
];

describe.each(EXPORTED)('%s', (_, config) => {
  it('has the same logits in onnxruntime, whatever stands in the padding', async () => {
    const model = livelyPairModel(config);
    const [encoder, decoder] = [
      await sessionOf(model, 'encoder_model'),
      await sessionOf(model, 'decoder_model'),
    ];
    const longest = Math.max(...SOURCES.map((source) => source.length));
    const filled = SOURCES.map((source) => [...source, ...Array<number>(longest - source.length).fill(3)]);
    const mask = int64(SOURCES.map((source) => filled[0]!.map((_, i) => Number(i < source.length))));
    const encoded = await encoder.run({ input_ids: int64(filled), attention_mask: mask });
    const feeds = {
      input_ids: int64(INPUTS),
      encoder_attention_mask: mask,
      encoder_hidden_states: encoded.last_hidden_state!,
      encoder_summary: encoded.summary!,
    };
    const wanted = decoder.inputNames.map((name) => [name, Reflect.get(feeds, name) as Tensor]);
    const { logits } = await decoder.run(Object.fromEntries(wanted));
    const expected = tf.tidy(() => model.logits(padded(SOURCES), paddedRows(INPUTS, 0)).dataSync());
    expect(logits!.data as Float32Array).toAgree(expected, 'model');
    model.dispose();
  });
});

it('a model with coverage is refused, with the reason', async () => {
  const config = { ...SEQ2SEQ, coverage: 1 };
  const { graph } = await architectureOf(config).onnx!.load();
  expect(() => graph(config, new Map(), 'fp32', 'decoder_model')).toThrow('attention with coverage');
});

// Both graphs of a model of pairs, run by onnxruntime one after the other, give the model's own logits.
import type { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { architectureOf } from '../../../src/architectures/list.ts';
import { COMBINATIONS, livelyPairModel, padded, paddedRows, SEQ2SEQ } from '../../models/pair-example.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { usePlainBackend } from '../../training/stand-ins.ts';
import { filledUp, int64, sessionOf } from './whole-texts.ts';

usePlainBackend();

const folder = temporaryFolder();
const SOURCES = [[1, 2, 3, 4, 5], [6, 7], [8]];
const INPUTS = [
  [0, 1, 2, 3],
  [0, 4, 5, 6],
  [0, 6, 6, 1],
];

const EXPORTED = [
  ...COMBINATIONS.filter(([, { coverage }]) => coverage === 0),
  ['an encoder of one direction', { ...SEQ2SEQ, bidirectional: false }] as const,
];

describe.each(EXPORTED)('%s', (_, config) => {
  it('has the same logits in onnxruntime, whatever stands in the padding', async () => {
    const model = livelyPairModel(config);
    const [encoder, decoder] = [
      await sessionOf(folder, model, 'encoder_model'),
      await sessionOf(folder, model, 'decoder_model'),
    ];
    const { input_ids, attention_mask: mask } = filledUp(SOURCES);
    const encoded = await encoder.run({ input_ids, attention_mask: mask });
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

it('CTC beside attention is scored by the encoder’s graph', async () => {
  const model = livelyPairModel({ ...SEQ2SEQ, ctcWeight: 0.3 });
  const encoder = await sessionOf(folder, model, 'encoder_model');
  const { ctc_logits } = await encoder.run(filledUp(SOURCES));
  const [logits, expected] = tf.tidy(() => [
    tf.logSoftmax(tf.tensor(ctc_logits!.data as Float32Array, [...ctc_logits!.dims])).arraySync(),
    model.ctc!.logProbabilities(padded(SOURCES)).arraySync(),
  ]) as [number[][][], number[][][]];
  for (const [b, { length }] of SOURCES.entries())
    expect(logits[b]!.slice(0, length).flat()).toAgree(expected[b]!.slice(0, length).flat(), 'model');
  model.dispose();
});

it('a model with coverage is refused, with the reason', async () => {
  const config = { ...SEQ2SEQ, coverage: 1 };
  const { graph } = await architectureOf(config).onnx!.load();
  expect(() => graph(config, new Map(), 'fp32', 'decoder_model')).toThrow('attention with coverage');
});

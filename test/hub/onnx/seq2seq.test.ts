// Both graphs of a model of pairs, run by onnxruntime one after the other, give the model's own logits.
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
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
  ...COMBINATIONS,
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
    const source = {
      encoder_attention_mask: mask,
      encoder_hidden_states: encoded.last_hidden_state!,
      encoder_summary: encoded.summary!,
    };
    const run = (feeds: Record<string, Tensor>) => {
      const all = { ...source, ...feeds };
      return decoder.run(
        Object.fromEntries(decoder.inputNames.map((name) => [name, Reflect.get(all, name) as Tensor])),
      );
    };
    const { logits } =
      config.coverage > 0 ? await inSteps(run, decoder) : await run({ input_ids: int64(INPUTS) });
    const expected = tf.tidy(() => model.logits(padded(SOURCES), paddedRows(INPUTS, 0)).dataSync());
    expect(logits!.data as Float32Array).toAgree(expected, 'model');
    model.dispose();
  });
});

/** A token more each time, with the coverage of those before; the last time gives the logits of all. */
async function inSteps(
  run: (feeds: Record<string, Tensor>) => Promise<Record<string, Tensor>>,
  { inputMetadata }: InferenceSession,
): Promise<Record<string, Tensor>> {
  const { shape } = inputMetadata.find(
    ({ name }) => name === 'past_coverage',
  ) as InferenceSession.TensorValueMetadata;
  const nothing = tf.zeros([SOURCES.length, Number(shape[1]), 1, SOURCES[0]!.length]);
  let past: tf.Tensor = nothing;
  for (let t = 1; ; t++) {
    const outputs = await run({
      input_ids: int64(INPUTS.map((inputs) => inputs.slice(0, t))),
      past_coverage: new Tensor('float32', past.dataSync<'float32'>(), past.shape),
    });
    if (t === INPUTS[0]!.length) return outputs;
    const { data, dims } = outputs.present_coverage!;
    past = tf.concat([nothing, tf.tensor(data as Float32Array, [...dims])], 2);
  }
}

it('CTC beside attention is scored by the encoder’s graph', async () => {
  const model = livelyPairModel({ ...SEQ2SEQ, ctcWeight: 0.3 });
  const encoder = await sessionOf(folder, model, 'encoder_model');
  const { ctc_logits } = await encoder.run(filledUp(SOURCES));
  const [logits, expected] = tf.tidy(() => [
    tf.logSoftmax(tf.tensor(ctc_logits!.data as Float32Array, [...ctc_logits!.dims])).arraySync(),
    model.ctc!.startSteps(padded(SOURCES)).logProbabilities.arraySync(),
  ]) as [number[][][], number[][][]];
  for (const [b, { length }] of SOURCES.entries())
    expect(logits[b]!.slice(0, length).flat()).toAgree(expected[b]!.slice(0, length).flat(), 'model');
  model.dispose();
});

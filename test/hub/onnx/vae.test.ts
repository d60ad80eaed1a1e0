// Both graphs of a variational autoencoder in onnxruntime: the encoder's gives the model's own posterior, the decoder's its logits.
import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { LatentModel } from '../../../src/architectures/latent-model.ts';
import { SIDES } from '../../../src/architectures/seq2seq/config.ts';
import type { VaeConfig } from '../../../src/architectures/vae/config.ts';
import { createAnyModel } from '../../made-models.ts';
import { enlivened } from '../../models/example.ts';
import { padded } from '../../models/pair-example.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { usePlainBackend } from '../../training/stand-ins.ts';
import { filledUp, int64, sessionOf } from './whole-texts.ts';

usePlainBackend();

const folder = temporaryFolder();
const VAE: VaeConfig = {
  arch: 'vae',
  vocabSize: 9,
  end: 0,
  encoder: 'gru',
  decoder: 'gru',
  bidirectional: true,
  layers: 2,
  heads: 2,
  latent: 3,
  width: 8,
  context: 12,
  dropout: 0,
  klAnnealSteps: 0,
  freeBits: 0,
  wordDropout: 0,
};
const TEXTS = [[1, 2, 3, 4, 5], [6, 7], [8]];
/** 9 is the unknown token that word dropout gives. */
const INPUTS = [
  [0, 1, 2, 9],
  [0, 4, 5, 6],
  [0, 9, 6, 1],
];

const lively = (config: VaeConfig) => enlivened(createAnyModel(config, 7) as LatentModel);

describe.each([...SIDES.map((encoder) => ({ encoder })), { encoder: 'lstm', bidirectional: false } as const])(
  'an encoder %o',
  (kind) => {
    it('tells the same distributions, whatever stands in the padding', async () => {
      const model = lively({ ...VAE, ...kind });
      const { mean, log_variance } = await (await sessionOf(folder, model, 'encoder_model')).run(
        filledUp(TEXTS),
      );
      const expected = model.posterior(padded(TEXTS));
      expect(mean!.data as Float32Array).toAgree(expected.mean.dataSync(), 'model');
      expect(log_variance!.data as Float32Array).toAgree(expected.logVariance.dataSync(), 'model');
      model.dispose();
    });
  },
);

describe.each(SIDES)('a decoder %s', (decoder) => {
  it('has the same logits of what follows each token', async () => {
    const model = lively({ ...VAE, decoder });
    const z = Float32Array.from([0.3, -1, 0.5, 1, 0.2, -0.7, 0, 0, 2]);
    const session = await sessionOf(folder, model, 'decoder_model');
    const { logits } = await session.run({
      input_ids: int64(INPUTS),
      latent: new Tensor('float32', z, [3, 3]),
    });
    const steps = model.startTexts(tf.tensor2d(z, [3, 3]));
    const theirs = tf.tensor3d(logits!.data as Float32Array, [3, 4, VAE.vocabSize]);
    for (let t = 0; t < 4; t++) {
      const ours = steps.feed(INPUTS.map((row) => row[t]!));
      const at = tf.slice(theirs, [0, t, 0], [-1, 1, -1]);
      expect(at.dataSync<'float32'>()).toAgree(ours.dataSync<'float32'>(), 'model');
    }
    model.dispose();
  });
});

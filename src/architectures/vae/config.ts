// The variational autoencoder: settings, presets and the sizes it is measured in.
import { z } from 'zod';
import type { Benchmark, Preset } from '../architecture.ts';
import { COMMON_SETTINGS, count, refuseUneven, stored } from '../common-settings.ts';
import type { SettingValues } from '../config.ts';
import { hasHeads, settings as ofPairs, type Seq2SeqConfig, SIDES } from '../seq2seq/config.ts';

const { bidirectional, layers, heads } = ofPairs;

export const settings = {
  encoder: z
    .enum(SIDES)
    .default('gru')
    .describe(`what reads the text: ${SIDES.join(', ')}`),
  decoder: z
    .enum(SIDES)
    .default('gru')
    .describe(`what writes it again: ${SIDES.join(', ')}`),
  bidirectional,
  layers,
  heads,
  latent: count.default(32).describe('dimensions of a latent vector'),
  ...COMMON_SETTINGS,
  klAnnealSteps: z
    .int()
    .min(0)
    .default(1000)
    .describe('steps over which the divergence from the prior comes to weigh as much as the reconstruction'),
  freeBits: z
    .number()
    .min(0)
    .default(0)
    .describe('nats of divergence that cost nothing in training, in each latent dimension of a text'),
  wordDropout: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('share of the decoder’s input tokens that are made unknown in training'),
};

export const config = z
  .strictObject({ arch: z.literal('vae'), vocabSize: count, end: z.int().min(0), ...stored(settings) })
  .superRefine(({ width, heads, encoder, decoder, end, vocabSize }, issues) => {
    const refuse = (path: string, message: string) =>
      issues.addIssue({ code: 'custom', path: [path], message });
    if (hasHeads({ encoder, decoder })) refuseUneven({ width, heads }, issues);
    if (end >= vocabSize) refuse('end', `expected an id below ${vocabSize}, but got ${end}`);
  });

/**
 * The configuration of a variational autoencoder: its encoder and its decoder, their layers, heads, width, context and
 * dropout, the dimensions of its latent vectors, the size of the vocabulary, and how its training weighs what it learns.
 */
export type VaeConfig = z.infer<typeof config>;

/** Its encoder and its decoder are those of a sequence-to-sequence model without attention; the decoder also knows an unknown token. */
export function sidesOf(config: VaeConfig): Seq2SeqConfig {
  const { encoder, decoder, bidirectional, layers, heads, width, context, dropout, vocabSize, end } = config;
  return {
    ...{ encoder, decoder, bidirectional, layers, heads, width, context, dropout, end },
    arch: 'seq2seq',
    sourceVocabSize: vocabSize,
    vocabSize: vocabSize + 1,
    attention: 'none',
    coverage: 0,
    labelSmoothing: 0,
    teacherForcing: 1,
    ctcWeight: 0,
  };
}

export const presets: Readonly<Record<string, Preset>> = {
  baby: {
    about: 'recurrent, of whole stories, width 128',
    settings: {
      width: 128,
      context: 384,
      latent: 32,
      klAnnealSteps: 500,
      freeBits: 0.5,
      wordDropout: 0.3,
      batchSize: 8,
      maxSteps: 1500,
      learningRate: 5e-3,
      minLearningRate: 1e-4,
    },
  },
};

export const standard: SettingValues = { layers: 1, width: 64, learningRate: 5e-3, minLearningRate: 5e-4 };

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  'vae-small': {
    about: 'GRUs of width 256, texts of 64 tokens',
    model: {
      arch: 'vae',
      vocabSize: 65,
      end: 0,
      encoder: 'gru',
      decoder: 'gru',
      bidirectional: true,
      layers: 1,
      heads: 4,
      latent: 32,
      width: 256,
      context: 64,
      dropout: 0,
      klAnnealSteps: 0,
      freeBits: 0,
      wordDropout: 0,
    },
    batchSize: 12,
  },
};

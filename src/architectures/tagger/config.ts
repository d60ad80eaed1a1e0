// Tagger: settings, presets and the sizes it is measured in.
import { z } from 'zod';
import type { Benchmark, Preset } from '../architecture.ts';
import { COMMON_SETTINGS, count, refuseUneven, stored } from '../common-settings.ts';
import type { SettingValues } from '../config.ts';
import { hasHeads, settings as seq2seq } from '../seq2seq/config.ts';

export const OUTPUTS = ['softmax', 'crf', 'ctc'] as const;

export const settings = {
  encoder: seq2seq.encoder,
  head: z
    .enum(OUTPUTS)
    .default('softmax')
    .describe(
      'how labels are told: softmax (each token’s for itself), crf (all of a text’s together), ctc (fewer labels than tokens)',
    ),
  bidirectional: seq2seq.bidirectional,
  layers: count.default(1).describe('number of layers of the encoder'),
  heads: count.default(4).describe('heads of a transformer; width must be a multiple'),
  ...COMMON_SETTINGS,
};

export const config = z
  .strictObject({
    arch: z.literal('tagger'),
    vocabSize: count,
    sourceVocabSize: count,
    labels: z.array(z.string()),
    ...stored(settings),
  })
  .superRefine(({ width, heads, encoder, labels, vocabSize }, issues) => {
    const refuse = (path: string, message: string) =>
      issues.addIssue({ code: 'custom', path: [path], message });
    if (hasHeads({ encoder })) refuseUneven({ width, heads }, issues);
    if (labels.length > vocabSize)
      refuse('labels', `expected ${vocabSize} names at most, but got ${labels.length}`);
  });

/**
 * The configuration of a tagger: its encoder, its output layer, its layers, heads, width, context and dropout, the sizes of both
 * vocabularies, and the names of the labels where they are known.
 */
export type TaggerConfig = z.infer<typeof config>;

export const presets: Readonly<Record<string, Preset>> = {
  baby: {
    about: 'a bidirectional GRU: learns builtin tags in a minute',
    settings: {
      layers: 1,
      width: 128,
      context: 128,
      batchSize: 32,
      maxSteps: 1000,
      learningRate: 3e-3,
      minLearningRate: 1e-4,
    },
  },
};

export const standard: SettingValues = { layers: 1, width: 64, learningRate: 5e-3, minLearningRate: 5e-4 };

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  'tagger-small': {
    about: 'bidirectional GRUs of width 256 with a CRF of 65 labels, 64 tokens',
    model: {
      arch: 'tagger',
      vocabSize: 65,
      sourceVocabSize: 65,
      labels: [],
      encoder: 'gru',
      head: 'crf',
      bidirectional: true,
      layers: 1,
      heads: 4,
      width: 256,
      context: 64,
      dropout: 0,
    },
    batchSize: 12,
  },
};

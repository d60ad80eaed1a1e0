// Sequence to sequence: settings, presets and the sizes it is measured in.
import { z } from 'zod';
import type { Benchmark, Preset } from '../architecture.ts';
import { COMMON_SETTINGS, count, refuseUneven, stored } from '../common-settings.ts';
import type { SettingValues } from '../config.ts';

/** What both sides can be made of. */
export const SIDES = ['rnn', 'lstm', 'gru', 'cnn', 'transformer'] as const;
export const ENCODERS = [...SIDES, 'bert'] as const;
export const DECODERS = [...SIDES, 'gpt'] as const;
export const ATTENTIONS = ['none', 'additive', 'dot', 'multihead'] as const;

export const settings = {
  encoder: z
    .enum(ENCODERS)
    .default('gru')
    .describe(`what reads the source: ${ENCODERS.join(', ')}`),
  decoder: z
    .enum(DECODERS)
    .default('gru')
    .describe(`what writes the target: ${DECODERS.join(', ')}`),
  attention: z
    .enum(ATTENTIONS)
    .default('multihead')
    .describe(`how the decoder looks at the source: ${ATTENTIONS.join(', ')}`),
  bidirectional: z.boolean().default(true).describe('the encoder reads in both directions'),
  layers: count.default(1).describe('number of layers of the encoder, and of the decoder'),
  heads: count
    .default(4)
    .describe('heads of multihead attention and of transformers; width must be a multiple'),
  ...COMMON_SETTINGS,
  coverage: z
    .number()
    .min(0)
    .default(0)
    .describe('weight of the coverage loss; attention then knows where it has looked'),
  labelSmoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('share of a target’s probability that is spread over all tokens in training'),
  teacherForcing: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'share of the inputs in training that are the target’s own; the others are the model’s guesses',
    ),
  ctcWeight: z
    .number()
    .min(0)
    .refine(
      (weight) => weight < 1,
      'a number below 1 (at 1 the decoder would learn nothing; CTC alone is --arch tagger --head ctc)',
    )
    .default(0)
    .describe('share of CTC, on the encoder, in the loss and in the score of what is written; 0 = none'),
};

export const config = z
  .strictObject({
    arch: z.literal('seq2seq'),
    vocabSize: count,
    sourceVocabSize: count,
    end: z.int().min(0),
    ...stored(settings),
  })
  .superRefine(({ width, heads, encoder, decoder, attention, coverage, end, vocabSize }, issues) => {
    const refuse = (path: string, message: string) =>
      issues.addIssue({ code: 'custom', path: [path], message });
    if (hasHeads({ encoder, decoder, attention })) refuseUneven({ width, heads }, issues);
    if (decoder === 'gpt' && attention !== 'multihead')
      refuse(
        'attention',
        'a gpt looks at the source by multihead attention, as GPT-2’s does: leave --attention out',
      );
    if (coverage > 0 && attention === 'none')
      refuse('coverage', 'coverage is of attention: choose additive, dot or multihead');
    if (end >= vocabSize) refuse('end', `expected an id below ${vocabSize}, but got ${end}`);
  });

/** Whether an encoder or a decoder is made of blocks of attention. */
export function isTransformer(name: unknown): boolean {
  return name === 'transformer' || name === 'bert' || name === 'gpt';
}

/** Whether the width must be a multiple of the heads. */
export function hasHeads({ encoder, decoder, attention }: SettingValues): boolean {
  return isTransformer(encoder) || isTransformer(decoder) || attention === 'multihead';
}

/** What of a configuration makes the encoder. */
export type EncoderConfig = Pick<
  Seq2SeqConfig,
  'encoder' | 'bidirectional' | 'layers' | 'heads' | 'width' | 'context' | 'dropout'
>;

/** An encoder in words: "bidirectional gru". */
export function readerOf({
  encoder,
  bidirectional,
}: Pick<EncoderConfig, 'encoder' | 'bidirectional'>): string {
  return bidirectional && !isTransformer(encoder) ? `bidirectional ${encoder}` : encoder;
}

/**
 * The configuration of a sequence-to-sequence model: its encoder, its decoder and the attention between them, their layers,
 * heads, width, context and dropout, the sizes of both vocabularies, and what its training adds to the loss.
 */
export type Seq2SeqConfig = z.infer<typeof config>;

export const presets: Readonly<Record<string, Preset>> = {
  baby: {
    about: 'recurrent, with attention: learns builtin pairs in minutes',
    settings: {
      layers: 1,
      width: 128,
      context: 64,
      batchSize: 32,
      maxSteps: 2000,
      learningRate: 3e-3,
      minLearningRate: 1e-4,
    },
  },
  base: {
    about: 'a small Transformer: two layers of width 128 each',
    settings: {
      encoder: 'transformer',
      decoder: 'transformer',
      layers: 2,
      width: 128,
      context: 64,
      batchSize: 32,
      maxSteps: 4000,
      learningRate: 1e-3,
      minLearningRate: 1e-4,
    },
  },
};

export const standard: SettingValues = { layers: 1, width: 64, learningRate: 5e-3, minLearningRate: 5e-4 };

export const benchmarks: Readonly<Record<string, Benchmark>> = {
  'seq2seq-small': {
    about: 'GRUs of width 256 with additive attention, 64 tokens to 64',
    model: {
      arch: 'seq2seq',
      vocabSize: 65,
      sourceVocabSize: 65,
      end: 0,
      encoder: 'gru',
      decoder: 'gru',
      attention: 'additive',
      bidirectional: true,
      layers: 1,
      heads: 4,
      width: 256,
      context: 64,
      dropout: 0,
      coverage: 0,
      labelSmoothing: 0,
      teacherForcing: 1,
      ctcWeight: 0,
    },
    batchSize: 12,
  },
};

// Small models of pairs for tests, and pairs.
import * as tf from '#tfjs';
import type { ModelConfig } from '../../src/architectures/config.ts';
import {
  isPairModel,
  type PaddedTexts,
  type PairModel,
  type Steps,
} from '../../src/architectures/pair-model.ts';
import {
  ATTENTIONS,
  DECODERS,
  ENCODERS,
  type Seq2SeqConfig,
} from '../../src/architectures/seq2seq/config.ts';
import { createAnyModel } from '../made-models.ts';
import { enlivened } from './example.ts';

export const SEQ2SEQ: Seq2SeqConfig = {
  arch: 'seq2seq',
  vocabSize: 7,
  sourceVocabSize: 9,
  end: 0,
  encoder: 'gru',
  decoder: 'gru',
  attention: 'multihead',
  bidirectional: true,
  layers: 2,
  heads: 2,
  width: 8,
  context: 12,
  dropout: 0,
  coverage: 0,
  labelSmoothing: 0,
  teacherForcing: 1,
  ctcWeight: 0,
};

const ATTENTIVE = ATTENTIONS.filter((attention) => attention !== 'none');

/** Every decoder with every attention, with coverage and without, and with every encoder. */
export const COMBINATIONS: readonly [name: string, config: Seq2SeqConfig][] = DECODERS.flatMap((decoder, d) =>
  [
    ...ATTENTIONS.map((attention) => ({ attention, coverage: 0 })),
    ...ATTENTIVE.map((attention) => ({ attention, coverage: 1 })),
  ]
    .filter(({ attention }) => decoder !== 'gpt' || attention === 'multihead')
    .map(({ attention, coverage }, a): [string, Seq2SeqConfig] => {
      const encoder = ENCODERS[(d + a) % ENCODERS.length]!;
      const name = `${encoder} to ${decoder}, attention ${attention}${coverage ? ' with coverage' : ''}`;
      return [name, { ...SEQ2SEQ, encoder, decoder, attention, coverage }];
    }),
);

export function createPairModel(config: ModelConfig, seed = 0): PairModel {
  const model = createAnyModel(config, seed);
  if (!isPairModel(model)) throw new Error(`${config.arch} is no architecture of pairs`);
  return model;
}

export function livelyPairModel(config: ModelConfig): PairModel {
  return enlivened(createPairModel(config, 7));
}

/** Texts as rows of the same length, filled up with `filler`. */
export function padded(texts: number[][], filler = 0, length = longest(texts)): PaddedTexts {
  const rows = texts.map((text) => [...text, ...Array<number>(length - text.length).fill(filler)]);
  const lengths = texts.map((text) => text.length);
  return { ids: tf.tensor2d(rows, undefined, 'int32'), lengths: tf.tensor1d(lengths, 'int32') };
}

/** The ids of texts as rows of the same length, filled up with `filler`. */
export function paddedRows(texts: number[][], filler: number): tf.Tensor2D {
  return padded(texts, filler).ids;
}

function longest(texts: number[][]): number {
  return Math.max(...texts.map((text) => text.length));
}

/** Of each of these sources a target of which there is nothing yet. */
export function stepsOf(model: PairModel, sources: number[][]): Steps {
  const texts = padded(sources);
  const steps = model.startSteps(texts);
  tf.dispose([texts.ids, texts.lengths]);
  return steps;
}

/** What follows this token in each row. */
export async function fed(steps: Steps, tokens: number[]): Promise<number[][]> {
  const logits = steps.feed(tokens);
  const values = await logits.array();
  logits.dispose();
  return values;
}

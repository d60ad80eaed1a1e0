// Small models for tests, with weights large enough that a mistake moves every number.
import * as tf from '#tfjs';
import type { CnnConfig } from '../../src/architectures/cnn/config.ts';
import type { ModelConfig } from '../../src/architectures/config.ts';
import type { GptConfig } from '../../src/architectures/gpt/config.ts';
import type { GruConfig } from '../../src/architectures/gru/config.ts';
import type { Decoding, LanguageModel, Model, Portion } from '../../src/architectures/language-model.ts';
import type { LlamaConfig } from '../../src/architectures/llama/config.ts';
import type { LstmConfig } from '../../src/architectures/lstm/config.ts';
import type { RnnConfig } from '../../src/architectures/rnn/config.ts';
import { keyFor, Stream } from '../../src/base/random.ts';
import { createModel } from '../made-models.ts';

const shared = { vocabSize: 13, context: 16, layers: 2, width: 8, dropout: 0 };
export const GPT: GptConfig = { arch: 'gpt', ...shared, heads: 2 };

/** Four heads of queries share two of keys, and all heads together are wider than the stream. */
export const LLAMA: LlamaConfig = {
  arch: 'llama',
  ...shared,
  heads: 4,
  kvHeads: 2,
  headSize: 4,
  mlpWidth: 12,
  activation: 'swiglu',
  norm: 'rms',
  normEpsilon: 1e-5,
  positions: 'rope',
  ropeTheta: 100,
  ropeScaling: 'none',
  qkNorm: false,
  qkvBias: false,
  localRope: 'none',
  sandwichNorm: false,
  normPlusOne: false,
  scaledEmbedding: false,
  zeroInit: false,
  tiedHead: true,
  softcap: 0,
};
/** Every switch is the other way. */
export const ABLATED: LlamaConfig = {
  ...LLAMA,
  kvHeads: 4,
  activation: 'relu2',
  norm: 'layer',
  positions: 'learned',
  qkNorm: true,
  qkvBias: true,
  tiedHead: false,
  softcap: 4,
};
export const GEMMA_PARTS = {
  activation: 'geglu',
  qkNorm: true,
  sandwichNorm: true,
  normPlusOne: true,
  scaledEmbedding: true,
} as const;
/** Its blocks have two bases of rotary positions, in turn. */
export const GEMMA: LlamaConfig = { ...LLAMA, ...GEMMA_PARTS, localRope: '10:2' };

export const LSTM: LstmConfig = { arch: 'lstm', ...shared, tiedHead: false, peepholes: false };
export const GRU: GruConfig = { arch: 'gru', ...shared, tiedHead: false };
export const RNN: RnnConfig = { arch: 'rnn', ...shared, tiedHead: false };

/** It sees ten tokens. */
export const CNN: CnnConfig = { arch: 'cnn', ...shared, tiedHead: false, kernel: 4, dilationCycle: 2 };

/** The stacked models, which carry a state, by what they are called in titles. */
export const STACKED: readonly [name: string, config: ModelConfig][] = [
  ['lstm', LSTM],
  ['lstm with peepholes', { ...LSTM, peepholes: true }],
  ['gru', GRU],
  ['rnn', RNN],
  ['cnn', CNN],
];

/** Initial weights are too small to be told from a model that ignores its context; these are not. */
export function livelyModel(config: ModelConfig): LanguageModel {
  return enlivened(createModel(config, 7));
}

export function enlivened<M extends Model>(model: M): M {
  for (const [name, variable] of model.parameters) {
    const random = new Stream(keyFor(1, name));
    const noise = Float32Array.from({ length: variable.size }, () => 0.4 * random.normal());
    tf.tidy(() => variable.assign(variable.add(tf.tensor(noise, variable.shape))));
  }
  return model;
}

/** `rows` texts of `length` random tokens. */
export function randomTexts(seed: number, rows: number, length: number, vocabSize: number): number[][] {
  const random = new Stream(keyFor(seed, 'text'));
  return Array.from({ length: rows }, () => Array.from({ length }, () => random.below(vocabSize)));
}

export function ids(rows: number[][]): tf.Tensor2D {
  return tf.tensor2d(rows, undefined, 'int32');
}

/** One forward pass over whole texts, without any cache: (rows, T, V) */
export async function fullLogits(model: LanguageModel, rows: number[][]): Promise<number[][][]> {
  const logits = tf.tidy(() => model.logits(ids(rows)));
  const values = await logits.array();
  logits.dispose();
  return values;
}

/** What a decoding says after these tokens: the logits of each portion's row. */
export async function nextLogits(decoding: Decoding, portions: Portion[]): Promise<number[][]> {
  const logits = decoding.feed(portions);
  const values = await logits.array();
  logits.dispose();
  return values;
}

export function tensorsInUse() {
  const { numTensors, numDataBuffers } = tf.memory();
  return { numTensors, numDataBuffers };
}

// Reads the golden numbers that make.py wrote. Trusted files of our own: typed here, not checked.
import { readFileSync } from 'node:fs';
import type { CnnConfig } from '../../src/architectures/cnn/config.ts';
import type { GptConfig } from '../../src/architectures/gpt/config.ts';
import type { GruConfig } from '../../src/architectures/gru/config.ts';
import type { LlamaConfig } from '../../src/architectures/llama/config.ts';
import type { LstmConfig } from '../../src/architectures/lstm/config.ts';
import type { RnnConfig } from '../../src/architectures/rnn/config.ts';
import type { Seq2SeqConfig } from '../../src/architectures/seq2seq/config.ts';
import type { TaggerConfig } from '../../src/architectures/tagger/config.ts';

export interface GoldenTensor {
  shape: number[];
  data: number[];
}

export type GoldenTensors = Record<string, GoldenTensor>;

export interface GoldenModel<Config> {
  config: Config;
  /** (B, T); a target of -1 does not count. */
  tokens: GoldenTensor;
  targets: GoldenTensor;
  /** Exact in float32. */
  parameters: GoldenTensors;
  /** (B, T, V) */
  logits: GoldenTensor;
  loss: number;
  gradients: GoldenTensors;
  settings: GoldenSettings;
  /** Ten AdamW steps, starting from `parameters`. */
  steps: GoldenStep[];
  /** After the last step. Compare through `withoutKeyBias`. */
  finalParameters: GoldenTensors;
}

export interface GoldenSettings {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** On parameters of two or more dimensions only. */
  weightDecay: number;
  learningRate: number;
  minLearningRate: number;
  warmupSteps: number;
  maxSteps: number;
  clip: number;
}

export interface GoldenStep {
  tokens: GoldenTensor;
  targets: GoldenTensor;
  learningRate: number;
  /** Before the update. */
  loss: number;
  /** Before clipping. */
  gradientNorm: number;
}

/** One op: y = op(inputs), and the input gradients that `outputGradients` (dL/dy) give. */
export interface GoldenOp<Inputs extends string, Outputs extends string> {
  inputs: Record<Inputs, GoldenTensor>;
  outputs: Record<Outputs, GoldenTensor>;
  outputGradients: Record<Outputs, GoldenTensor>;
  inputGradients: Record<Inputs, GoldenTensor>;
}

/** A loss is one number, and so is its upstream gradient. Ids and lengths have no gradient. */
export interface GoldenLossOp<Inputs extends string, Constants extends string = 'targets'> {
  inputs: Record<Inputs | Constants, GoldenTensor>;
  outputs: { loss: number };
  outputGradients: { loss: number };
  inputGradients: Record<Inputs, GoldenTensor>;
}

export interface GoldenOps {
  gelu: GoldenOp<'x', 'y'>;
  geluErf: GoldenOp<'x', 'y'>;
  layerNorm: GoldenOp<'x' | 'weight' | 'bias', 'y'>;
  /** qkv: (B, T, 3C) */
  causalAttention: GoldenOp<'qkv', 'y'> & { heads: number };
  rmsNorm: GoldenOp<'x' | 'weight', 'y'>;
  /** SiLU, gated. */
  activate: GoldenOp<'x' | 'up', 'y'>;
  /** q: (B, T, H·D), k and v: (B, T, K·D), frequency i is base^(−2i/D), starts: (B) */
  packHeads: GoldenOp<'q' | 'k' | 'v', 'y'> & {
    base: number;
    heads: number;
    kvHeads: number;
    inputs: { starts: GoldenTensor };
  };
  /** qkv: (B, T, (heads + 2 · kvHeads) · D) */
  groupedAttention: GoldenOp<'qkv', 'y'> & { heads: number; kvHeads: number };
  /** q: (B, T, C), k and v: (B, S, C), lengths: (B) */
  fullAttention: GoldenOp<'q' | 'k' | 'v', 'y'> & { heads: number; inputs: { lengths: GoldenTensor } };
  /** x: (B, T, C), weights: (C, 4C) in gate order i, f, g, o; h and c are the last states. */
  lstm: GoldenOp<'x' | 'inputWeight' | 'recurrentWeight' | 'bias' | 'h0' | 'c0', 'y' | 'h' | 'c'>;
  rnn: GoldenOp<'x' | 'inputWeight' | 'recurrentWeight' | 'bias' | 'h0', 'y' | 'h'>;
  /** Gates in order r, z, n; recurrentBias is the bias of n's recurrent part. */
  gru: GoldenOp<'x' | 'inputWeight' | 'recurrentWeight' | 'bias' | 'recurrentBias' | 'h0', 'y' | 'h'>;
  /** peepholes: (3C) in order i, f, o */
  lstmWithPeepholes: GoldenOp<
    'x' | 'inputWeight' | 'recurrentWeight' | 'bias' | 'peepholes' | 'h0' | 'c0',
    'y' | 'h' | 'c'
  >;
  /** weight: (3I, 2H), the oldest tap first */
  gatedConv: GoldenOp<'x' | 'weight' | 'bias', 'y'> & { dilation: number };
  /** logits: (N, V) */
  crossEntropy: GoldenLossOp<'logits'>;
  /** logits = x (N, C) · weightᵀ (V, C) + bias (V) */
  linearCrossEntropy: GoldenLossOp<'x' | 'weight' | 'bias'>;
  /** scores: (B, T, K), tags: (B, T), lengths: (B) */
  crfLoss: GoldenLossOp<'scores' | 'transitions' | 'start' | 'end', 'tags' | 'lengths'>;
  /** logits: (B, T, V), targets: (B, U), lengths: (B) */
  ctcLoss: GoldenLossOp<'logits', 'targets' | 'inputLengths' | 'targetLengths'> & { blank: number };
}

export interface GoldenOptimizers {
  /** The gradients' norm is held to this. */
  clip: number;
  /** Exact in float32, and so are gradients; those of two or more dimensions decay. */
  parameters: GoldenTensors;
  /** Ten. */
  steps: { learningRate: number; gradients: GoldenTensors }[];
  cases: GoldenOptimizer[];
}

export interface GoldenOptimizer {
  optimizer: string;
  settings: Record<string, number | boolean>;
  /** After the last step. */
  finalParameters: GoldenTensors;
  /** By our names. */
  state: GoldenTensors;
}

export interface GoldenLora
  extends Pick<GoldenModel<GptConfig>, 'config' | 'tokens' | 'targets' | 'parameters' | 'logits' | 'loss'> {
  rank: number;
  alpha: number;
  /** By PEFT's names, in its layouts. */
  adapter: GoldenTensors;
  /** Of the adapter alone. */
  gradients: GoldenTensors;
}

/** Taggers, all of the same sources, whose weights are `formula`'s (make_tagger.py). */
export interface GoldenTaggers {
  /** Of each case's configuration, what the case does not say. */
  shared: Partial<TaggerConfig>;
  /** (B): how many of each source's ids, and of its targets, count. */
  lengths: GoldenTensor;
  /** (B, T) */
  sources: GoldenTensor;
  targets: GoldenTensor;
  /** (B, U) */
  ctcTargets: GoldenTensor;
  ctcLengths: GoldenTensor;
  cases: GoldenTagger[];
}

export interface GoldenTagger {
  config: Partial<TaggerConfig>;
  /** (ΣT, K): without what is said of the padding. */
  scores: GoldenTensor;
  loss: number;
  /** As GoldenPairModel's. */
  gradients: Record<string, [product: number, norm: number]>;
}

/** Models of pairs, all of the same pairs, whose weights are `formula`'s (make_seq2seq.py, make_encoder_decoder.py). */
export interface GoldenPairs {
  /** Of each case's configuration, what the case does not say. */
  shared: Partial<Seq2SeqConfig>;
  /** (B): how many of each source's ids count. */
  lengths: GoldenTensor;
  /** (B, S) */
  sources: GoldenTensor;
  /** (B, T); a target of -1 does not count. */
  inputs: GoldenTensor;
  targets: GoldenTensor;
  cases: GoldenPairModel[];
}

export interface GoldenPairModel {
  config: Partial<Seq2SeqConfig>;
  /** (B, T, V) */
  logits: GoldenTensor;
  loss: number;
  /** With what training adds to it. */
  trainingLoss: number;
  /** (B, T, S); absent where the model has none. */
  attention?: GoldenTensor;
  /** Of each parameter's gradient of the training loss: its product with the formula's `<name> direction`, and its norm. */
  gradients: Record<string, [product: number, norm: number]>;
}

/** Those that hold a whole model and its training. */
export const GOLDEN_MODELS = [
  'gpt',
  'llama',
  'llama-qwen3',
  'llama-qwen2',
  'llama-ablated',
  'llama-gemma3',
  'lstm',
  'lstm-tied',
  'lstm-peepholes',
  'gru',
  'rnn',
  'cnn',
] as const;

export interface GoldenFiles {
  gpt: GoldenModel<GptConfig>;
  llama: GoldenModel<LlamaConfig>;
  'llama-qwen3': GoldenModel<LlamaConfig>;
  'llama-qwen2': GoldenModel<LlamaConfig>;
  'llama-ablated': GoldenModel<LlamaConfig>;
  'llama-gemma3': GoldenModel<LlamaConfig>;
  lstm: GoldenModel<LstmConfig>;
  'lstm-tied': GoldenModel<LstmConfig>;
  'lstm-peepholes': GoldenModel<LstmConfig>;
  gru: GoldenModel<GruConfig>;
  rnn: GoldenModel<RnnConfig>;
  cnn: GoldenModel<CnnConfig>;
  ops: GoldenOps;
  optimizers: GoldenOptimizers;
  lora: GoldenLora;
  seq2seq: GoldenPairs;
  'encoder-decoder': GoldenPairs;
  tagger: GoldenTaggers;
}

export function loadGolden<Name extends keyof GoldenFiles>(name: Name): GoldenFiles[Name] {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as GoldenFiles[Name];
}

/**
 * The values without the key part of an attention bias. Softmax ignores a number added to a whole row of scores, so the
 * true gradient of that part is 0, and Adam magnifies whatever rounding noise float32 has in its place.
 */
export function withoutKeyBias(name: string, values: ArrayLike<number>): number[] {
  const width = values.length / 3;
  const isKey = (i: number) => i >= width && i < 2 * width;
  return Array.from(values).filter((_, i) => !(name.endsWith('attn.c_attn.bias') && isKey(i)));
}

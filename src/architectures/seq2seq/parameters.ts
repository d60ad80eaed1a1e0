// The structure of a sequence-to-sequence model: source, encoder, target, decoder with its attention, output layer.
import {
  headSpecs,
  linearSpecs,
  matrix,
  normal,
  normSpecs,
  type ParameterSpec,
  tableSpecs,
  uniform,
  vector,
  within,
} from '../../layers/parameters.ts';
import { mlpSpecs, attentionSpecs as selfAttentionSpecs } from '../gpt/parameters.ts';
import type { EncoderConfig, Seq2SeqConfig } from './config.ts';
import { type Room, roomNamed } from './rooms.ts';

/** GPT-2's deviation. */
export const SMALL = 0.02;

export interface AttentionShape {
  kind: Exclude<Seq2SeqConfig['attention'], 'none'>;
  heads: number;
  width: number;
  context: number;
  /** Whether it knows how much it has looked where. */
  covers: boolean;
  /** The share of its weights that is dropped in training, and what tells their mask from others. */
  rate?: number;
  place?: number;
}

export function* attentionSpecs({ kind, width, heads, covers }: AttentionShape): Generator<ParameterSpec> {
  const products = { dot: [], additive: ['query', 'key'], multihead: ['query', 'key', 'value', 'output'] }[
    kind
  ];
  const initial = uniform(1 / Math.sqrt(width));
  for (const name of products) yield* within(name, linearSpecs(width, width, initial));
  if (kind === 'additive') yield matrix('score.weight', width, 1, initial);
  if (covers) yield vector('coverage.weight', { dot: 1, additive: width, multihead: heads }[kind]);
}

/** A decoder's attention to the source; undefined where it has none. */
export function crossAttentionShape(config: Seq2SeqConfig): AttentionShape | undefined {
  const { attention: kind, heads, width, context, coverage } = config;
  return kind === 'none' ? undefined : { kind, heads, width, context, covers: coverage > 0 };
}

/** An encoder's attention to itself. */
export function selfAttentionShape({ heads, width, context }: EncoderConfig): AttentionShape {
  return { kind: 'multihead', heads, width, context, covers: false };
}

/** Convolutions and attention do not know where a token stands, as recurrent layers do. */
export function hasPositions(name: string): boolean {
  return name === 'cnn' || name === 'transformer';
}

export function* seq2seqSpecs(config: Seq2SeqConfig): Generator<ParameterSpec> {
  const { vocabSize, sourceVocabSize, width, encoder, decoder, ctcWeight } = config;
  const initial = uniform(1 / Math.sqrt(width));
  yield* within('source', inputSpecs(config, encoder, sourceVocabSize));
  yield* within('encoder', encoderSpecs(config));
  yield* within('target', inputSpecs(config, decoder, vocabSize));
  yield* within('bridge', linearSpecs(width, width, initial));
  yield* within('decoder', decoderSpecs(config));
  const output = decoder === 'transformer' ? normal(SMALL) : initial;
  yield* within('head', headSpecs({ vocabSize, width, bias: true, tied: false }, output));
  if (ctcWeight === 0) return;
  const beside = encoder === 'transformer' ? normal(SMALL) : initial;
  yield* within('ctc', headSpecs({ vocabSize: vocabSize + 1, width, bias: true, tied: false }, beside));
}

export function* inputSpecs(
  { width, context }: Pick<Seq2SeqConfig, 'width' | 'context'>,
  reader: string,
  vocabSize: number,
): Generator<ParameterSpec> {
  const initial = normal(reader === 'transformer' ? SMALL : 1 / Math.sqrt(width));
  yield* within('embedding', tableSpecs(vocabSize, width, initial));
  if (hasPositions(reader)) yield* within('positions', tableSpecs(context, width, initial));
}

export function* encoderSpecs(config: EncoderConfig): Generator<ParameterSpec> {
  const { encoder, layers, width, bidirectional } = config;
  const room = roomNamed(encoder, config);
  if (room) {
    yield* within('forward', stackSpecs(room, config));
    if (!bidirectional) return;
    yield* within('backward', stackSpecs(room, config));
    yield* within('join', linearSpecs(2 * width, width, uniform(1 / Math.sqrt(2 * width))));
    return;
  }
  for (let i = 0; i < layers; i++) {
    yield* within(`${i}.ln_1`, normSpecs(width));
    yield* within(`${i}.attention`, attentionSpecs(selfAttentionShape(config)));
    yield* within(`${i}.ln_2`, normSpecs(width));
    yield* within(`${i}.mlp`, mlpSpecs(width));
  }
  yield* within('norm', normSpecs(width));
}

export function* decoderSpecs(config: Seq2SeqConfig): Generator<ParameterSpec> {
  const { decoder, layers, width } = config;
  const cross = crossAttentionShape(config);
  const room = roomNamed(decoder, config);
  if (room) {
    yield* within('stack', stackSpecs(room, config));
    if (!cross) return;
    yield* within('attention', attentionSpecs(cross));
    yield* within('combine', linearSpecs(2 * width, width, uniform(1 / Math.sqrt(2 * width))));
    return;
  }
  for (let i = 0; i < layers; i++) {
    yield* within(`${i}.ln_1`, normSpecs(width));
    yield* within(`${i}.attn`, selfAttentionSpecs(width));
    if (cross) {
      yield* within(`${i}.ln_cross`, normSpecs(width));
      yield* within(`${i}.cross`, attentionSpecs(cross));
    }
    yield* within(`${i}.ln_2`, normSpecs(width));
    yield* within(`${i}.mlp`, mlpSpecs(width));
  }
  yield* within('norm', normSpecs(width));
}

function* stackSpecs(
  { layerSpecs, finalNorm }: Room,
  { layers, width }: Pick<Seq2SeqConfig, 'layers' | 'width'>,
): Generator<ParameterSpec> {
  for (let i = 0; i < layers; i++) yield* within(String(i), layerSpecs);
  if (finalNorm) yield* within('norm', normSpecs(width));
}

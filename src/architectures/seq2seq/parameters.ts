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
import { layerSpecs as bertLayerSpecs, embeddingSpecs } from '../bert/parameters.ts';
import {
  crossAttentionSpecs,
  mlpSpecs,
  projectionDeviation,
  attentionSpecs as selfAttentionSpecs,
} from '../gpt/parameters.ts';
import { type EncoderConfig, isTransformer, type Seq2SeqConfig } from './config.ts';
import { type Room, roomNamed } from './rooms.ts';

/** GPT-2's deviation. */
export const SMALL = 0.02;

/** What a decoder of GPT-2's blocks calls its parts; a gpt as transformers' GPT-2 with cross-attention does. */
export function blockNames(decoder: string) {
  return decoder === 'gpt'
    ? {
        ...{ tokens: 'wte', positions: 'wpe', norm: 'ln_f' },
        ...{ block: (i: number) => `h.${i}`, crossNorm: 'ln_cross_attn', cross: 'crossattention' },
      }
    : {
        ...{ tokens: 'embedding', positions: 'positions', norm: 'norm' },
        ...{ block: (i: number) => `${i}`, crossNorm: 'ln_cross', cross: 'cross' },
      };
}

export interface AttentionShape {
  kind: Exclude<Seq2SeqConfig['attention'], 'none'>;
  heads: number;
  width: number;
  context: number;
  /** Whether it knows how much it has looked where. */
  covers: boolean;
  /** Where its products are a GPT-2's: of how many layers. */
  gptLayers?: number | undefined;
  /** The share of its weights that is dropped in training, and what tells their mask from others. */
  rate?: number;
  place?: number;
}

export function* attentionSpecs(shape: AttentionShape): Generator<ParameterSpec> {
  const { kind, width, heads, covers, gptLayers } = shape;
  if (gptLayers === undefined) yield* productSpecs(shape);
  else yield* crossAttentionSpecs(width, projectionDeviation(gptLayers));
  if (covers) yield vector('coverage.weight', { dot: 1, additive: width, multihead: heads }[kind]);
}

function* productSpecs({ kind, width }: AttentionShape): Generator<ParameterSpec> {
  const products = { dot: [], additive: ['query', 'key'], multihead: ['query', 'key', 'value', 'output'] }[
    kind
  ];
  const initial = uniform(1 / Math.sqrt(width));
  for (const name of products) yield* within(name, linearSpecs(width, width, initial));
  if (kind === 'additive') yield matrix('score.weight', width, 1, initial);
}

/** A decoder's attention to the source; undefined where it has none. */
export function crossAttentionShape(config: Seq2SeqConfig): AttentionShape | undefined {
  const { attention: kind, decoder, layers, heads, width, context, coverage } = config;
  if (kind === 'none') return undefined;
  const gptLayers = decoder === 'gpt' ? layers : undefined;
  return { kind, heads, width, context, covers: coverage > 0, gptLayers };
}

/** An encoder's attention to itself. */
export function selfAttentionShape({ heads, width, context }: EncoderConfig): AttentionShape {
  return { kind: 'multihead', heads, width, context, covers: false };
}

/** Convolutions and attention do not know where a token stands, as recurrent layers do. */
export function hasPositions(name: string): boolean {
  return name === 'cnn' || isTransformer(name);
}

export function* seq2seqSpecs(config: Seq2SeqConfig): Generator<ParameterSpec> {
  const { vocabSize, sourceVocabSize, width, encoder, decoder, ctcWeight } = config;
  const initial = uniform(1 / Math.sqrt(width));
  yield* within('source', inputSpecs(config, encoder, sourceVocabSize));
  yield* within('encoder', encoderSpecs(config));
  yield* within('target', inputSpecs(config, decoder, vocabSize));
  if (hasBridge(decoder)) yield* within('bridge', linearSpecs(width, width, initial));
  yield* within('decoder', decoderSpecs(config));
  const output = isTransformer(decoder) ? normal(SMALL) : initial;
  yield* within('head', headSpecs({ vocabSize, width, ...headForm(decoder) }, output));
  if (ctcWeight === 0) return;
  const beside = isTransformer(encoder) ? normal(SMALL) : initial;
  yield* within('ctc', headSpecs({ vocabSize: vocabSize + 1, width, bias: true, tied: false }, beside));
}

/** Whether a summary of the source is added to each of the target's vectors: those of a gpt are what it was trained with. */
export function hasBridge(decoder: string): boolean {
  return decoder !== 'gpt';
}

/** A gpt's output layer is its table of tokens. */
export function headForm(decoder: string): { bias: boolean; tied: boolean } {
  return { bias: decoder !== 'gpt', tied: decoder === 'gpt' };
}

export function* inputSpecs(
  { width, context }: Pick<Seq2SeqConfig, 'width' | 'context'>,
  reader: string,
  vocabSize: number,
): Generator<ParameterSpec> {
  if (reader === 'bert') {
    yield* embeddingSpecs({ vocabSize, context, width, tokenTypes: 1 });
    return;
  }
  const initial = normal(isTransformer(reader) ? SMALL : 1 / Math.sqrt(width));
  const { tokens, positions } = blockNames(reader);
  yield* within(tokens, tableSpecs(vocabSize, width, initial));
  if (hasPositions(reader)) yield* within(positions, tableSpecs(context, width, initial));
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
  if (encoder === 'bert') {
    for (let i = 0; i < layers; i++) yield* within(`layer.${i}`, bertLayerSpecs(width));
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
  const names = blockNames(decoder);
  const projection = decoder === 'gpt' ? projectionDeviation(layers) : SMALL;
  for (let i = 0; i < layers; i++) {
    const block = names.block(i);
    yield* within(`${block}.ln_1`, normSpecs(width));
    yield* within(`${block}.attn`, selfAttentionSpecs(width, projection));
    if (cross) {
      yield* within(`${block}.${names.crossNorm}`, normSpecs(width));
      yield* within(`${block}.${names.cross}`, attentionSpecs(cross));
    }
    yield* within(`${block}.ln_2`, normSpecs(width));
    yield* within(`${block}.mlp`, mlpSpecs(width, projection));
  }
  yield* within(names.norm, normSpecs(width));
}

function* stackSpecs(
  { layerSpecs, finalNorm }: Room,
  { layers, width }: Pick<Seq2SeqConfig, 'layers' | 'width'>,
): Generator<ParameterSpec> {
  for (let i = 0; i < layers; i++) yield* within(String(i), layerSpecs);
  if (finalNorm) yield* within('norm', normSpecs(width));
}

// BERT's structure, named as Hugging Face's BertForMaskedLM has it; everything that counts, checks or fills parameters reads it here.
import {
  linearSpecs,
  normal,
  normSpecs,
  type ParameterSpec,
  tableSpecs,
  vector,
  within,
} from '../../layers/parameters.ts';
import type { BertConfig } from './config.ts';

export const EPSILON = 1e-12;
const initial = normal(0.02);

export const EMBEDDINGS = 'bert.embeddings';
export const HEAD = 'cls.predictions';
export const layerName = (i: number) => `bert.encoder.layer.${i}`;

export function* bertSpecs(config: BertConfig): Generator<ParameterSpec> {
  const { vocabSize, layers, width } = config;
  yield* within(EMBEDDINGS, embeddingSpecs(config));
  for (let i = 0; i < layers; i++) yield* within(layerName(i), layerSpecs(width));
  yield* within(`${HEAD}.transform.dense`, linearSpecs(width, width, initial));
  yield* within(`${HEAD}.transform.LayerNorm`, normSpecs(width));
  yield vector(`${HEAD}.bias`, vocabSize);
}

export function* embeddingSpecs({
  vocabSize,
  context,
  width,
  tokenTypes,
}: Pick<BertConfig, 'vocabSize' | 'context' | 'width' | 'tokenTypes'>): Generator<ParameterSpec> {
  yield* within('word_embeddings', tableSpecs(vocabSize, width, initial));
  yield* within('position_embeddings', tableSpecs(context, width, initial));
  yield* within('token_type_embeddings', tableSpecs(tokenTypes, width, initial));
  yield* within('LayerNorm', normSpecs(width));
}

export function* layerSpecs(width: number): Generator<ParameterSpec> {
  for (const part of ['query', 'key', 'value'])
    yield* within(`attention.self.${part}`, linearSpecs(width, width, initial));
  yield* within('attention.output.dense', linearSpecs(width, width, initial));
  yield* within('attention.output.LayerNorm', normSpecs(width));
  yield* within('intermediate.dense', linearSpecs(width, 4 * width, initial));
  yield* within('output.dense', linearSpecs(4 * width, width, initial));
  yield* within('output.LayerNorm', normSpecs(width));
}

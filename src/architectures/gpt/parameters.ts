// GPT-2's structure, named and laid out as Hugging Face has it; everything that counts, checks or fills parameters reads it here.
import {
  linearSpecs,
  normal,
  normSpecs,
  type ParameterSpec,
  tableSpecs,
  within,
} from '../../layers/parameters.ts';
import type { GptConfig } from './config.ts';

const DEVIATION = 0.02;

/** That of the products which add to the stream in each block: the sum keeps its size with depth. */
export function projectionDeviation(layers: number): number {
  return DEVIATION / Math.sqrt(2 * layers);
}

/** Query, key and value in one product, and the way back to the stream. */
export function* attentionSpecs(width: number, projection = DEVIATION): Generator<ParameterSpec> {
  yield* within('c_attn', linearSpecs(width, 3 * width, normal(DEVIATION)));
  yield* within('c_proj', linearSpecs(width, width, normal(projection)));
}

/** Attention to another text, of which keys and values are one product. */
export function* crossAttentionSpecs(width: number, projection: number): Generator<ParameterSpec> {
  yield* within('c_attn', linearSpecs(width, 2 * width, normal(DEVIATION)));
  yield* within('q_attn', linearSpecs(width, width, normal(DEVIATION)));
  yield* within('c_proj', linearSpecs(width, width, normal(projection)));
}

export function* mlpSpecs(width: number, projection = DEVIATION): Generator<ParameterSpec> {
  yield* within('c_fc', linearSpecs(width, 4 * width, normal(DEVIATION)));
  yield* within('c_proj', linearSpecs(4 * width, width, normal(projection)));
}

export function* gptSpecs({ vocabSize, context, layers, width }: GptConfig): Generator<ParameterSpec> {
  const projection = projectionDeviation(layers);
  yield* within('wte', tableSpecs(vocabSize, width, normal(DEVIATION)));
  yield* within('wpe', tableSpecs(context, width, normal(DEVIATION)));
  for (let i = 0; i < layers; i++) {
    yield* within(`h.${i}.ln_1`, normSpecs(width));
    yield* within(`h.${i}.attn`, attentionSpecs(width, projection));
    yield* within(`h.${i}.ln_2`, normSpecs(width));
    yield* within(`h.${i}.mlp`, mlpSpecs(width, projection));
  }
  yield* within('ln_f', normSpecs(width));
}

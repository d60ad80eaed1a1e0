// A Llama's structure, named as Hugging Face has it; everything that counts, checks or fills parameters reads it here.
import {
  headSpecs,
  type Initializer,
  matrix,
  normal,
  normSpecs,
  one,
  type ParameterSpec,
  tableSpecs,
  vector,
  within,
  zero,
} from '../../layers/parameters.ts';
import { isGated, type LlamaConfig } from './config.ts';

const DEVIATION = 0.02;
const initial = normal(DEVIATION);

type NormConfig = Pick<LlamaConfig, 'norm' | 'width' | 'normPlusOne'>;

export function normOf({ norm, width, normPlusOne }: NormConfig): ParameterSpec[] {
  return norm === 'layer' ? normSpecs(width) : [vector('weight', width, unscaled(normPlusOne))];
}

/** What an RMSNorm learns begins so that it scales by 1. */
function unscaled(normPlusOne: boolean): Initializer {
  return normPlusOne ? zero : one;
}

export interface BranchNorms {
  before: string;
  after?: string;
}

/** The names of a block's norms, as Hugging Face has them. */
export function blockNorms({ sandwichNorm }: LlamaConfig): { attention: BranchNorms; mlp: BranchNorms } {
  if (!sandwichNorm)
    return { attention: { before: 'input_layernorm' }, mlp: { before: 'post_attention_layernorm' } };
  return {
    attention: { before: 'input_layernorm', after: 'post_attention_layernorm' },
    mlp: { before: 'pre_feedforward_layernorm', after: 'post_feedforward_layernorm' },
  };
}

/** Projections to queries, keys and values, the norms of queries and keys, and the way back to the stream. */
export function* attentionSpecs(
  { width, heads, kvHeads, headSize, qkNorm, qkvBias, normPlusOne }: LlamaConfig,
  projection: Initializer = initial,
): Generator<ParameterSpec> {
  for (const [name, count] of [
    ['q_proj', heads],
    ['k_proj', kvHeads],
    ['v_proj', kvHeads],
  ] as const) {
    yield matrix(`${name}.weight`, width, count * headSize, initial);
    if (qkvBias) yield vector(`${name}.bias`, count * headSize);
  }
  if (qkNorm)
    for (const name of ['q_norm', 'k_norm']) yield vector(`${name}.weight`, headSize, unscaled(normPlusOne));
  yield matrix('o_proj.weight', heads * headSize, width, projection);
}

export function* mlpSpecs(config: LlamaConfig, projection: Initializer = initial): Generator<ParameterSpec> {
  const { width, mlpWidth } = config;
  if (isGated(config)) yield matrix('gate_proj.weight', width, mlpWidth, initial);
  yield matrix('up_proj.weight', width, mlpWidth, initial);
  yield matrix('down_proj.weight', mlpWidth, width, projection);
}

function* blockSpecs(config: LlamaConfig, projection: Initializer): Generator<ParameterSpec> {
  const { attention, mlp } = blockNorms(config);
  for (const [{ before, after }, name, specs] of [
    [attention, 'self_attn', attentionSpecs(config, projection)],
    [mlp, 'mlp', mlpSpecs(config, projection)],
  ] as const) {
    yield* within(before, normOf(config));
    yield* within(name, specs);
    if (after) yield* within(after, normOf(config));
  }
}

export function* llamaSpecs(config: LlamaConfig): Generator<ParameterSpec> {
  const { vocabSize, context, layers, width, zeroInit } = config;
  // The two products that add to the stream in each block are scaled so that the sum keeps its size with depth.
  const projection = zeroInit ? zero : normal(DEVIATION / Math.sqrt(2 * layers));
  yield* within('embed_tokens', tableSpecs(vocabSize, width, initial));
  if (config.positions === 'learned') yield* within('embed_positions', tableSpecs(context, width, initial));
  for (let i = 0; i < layers; i++) {
    yield* within(`layers.${i}`, blockSpecs(config, projection));
  }
  yield* within('norm', normOf(config));
  const head = { vocabSize, width, bias: false, tied: config.tiedHead };
  yield* within('lm_head', headSpecs(head, initial));
}

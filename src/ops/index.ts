// The fused ops that models are written in.
export { type AdamWItem, type AdamWMeasures, type AdamWSettings, adamW, globalNorm } from './adam-w.ts';
export { cachedAttention, causalAttention } from './attention.ts';
export { AttentionCache, type Cached, type CachedRows, cachedRows } from './attention-cache.ts';
export { crossEntropy, logits } from './cross-entropy.ts';
export { type Dropout, dropout } from './dropout.ts';
export { embedding } from './embedding.ts';
export { batchInvariant } from './kernel.ts';
export { LAYER_NORM_EPSILON, layerNorm } from './layer-norm.ts';
export { type Activation, gelu, type LinearOptions, linear } from './linear.ts';
export { type LstmState, type LstmWeights, lstm, lstmFrom, zeroState } from './lstm.ts';
export type { TokenOptions } from './sample-token.ts';
export { sampleTokens, type TokenRow } from './sample-tokens.ts';

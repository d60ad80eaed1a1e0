// The fused ops that models are written in.
export { activate, type ElementActivation } from './activate.ts';
export { type AdamWItem, type AdamWSettings, adamW } from './adam-w.ts';
export { cachedAttention, causalAttention } from './attention.ts';
export { AttentionCache, type Cached, type CachedRows, cachedRows } from './attention-cache.ts';
export { type AdditiveWeights, type Covered, coveredAdditive, coveredSoftmax } from './coverage.ts';
export { type CrfAllowed, type CrfWeights, crfLoss, crfMarginals } from './crf.ts';
export { crossEntropy, logits, meanLoss } from './cross-entropy.ts';
export { type CtcOptions, ctcLoss, stepsFor } from './ctc.ts';
export { type Dropout, dropout } from './dropout.ts';
export { embedding } from './embedding.ts';
export { type AttentionInputs, fullAttention, paddingMask } from './full-attention.ts';
export { type GatedConvState, type GatedConvWeights, gatedConv, gatedConvFrom } from './gated-conv.ts';
export { geluErf } from './gelu-erf.ts';
export { globalNorm, normOfSums, SUMMED_AT_ONCE, squaredSums } from './global-norm.ts';
export { type GruWeights, gru, gruFrom } from './gru.ts';
export { batchInvariant, unrecorded } from './kernel.ts';
export { LAYER_NORM_EPSILON, layerNorm } from './layer-norm.ts';
export { type Activation, gelu, type LinearOptions, linear } from './linear.ts';
export { type LionItem, type LionSettings, lion } from './lion.ts';
export { addLowRank, type LowRank } from './low-rank.ts';
export { type LstmState, type LstmWeights, lstm, lstmFrom, zeroState } from './lstm.ts';
export { type MuonItem, type MuonSettings, muon } from './muon.ts';
export { type PackedHeads, packHeads, type Rotary, rotationsOf } from './pack-heads.ts';
export { recomputed } from './recompute.ts';
export { type RecurrentState, type RecurrentWeights, zeroHidden } from './recurrent.ts';
export { rmsNorm } from './rms-norm.ts';
export { type RmsPropItem, type RmsPropSettings, rmsProp } from './rms-prop.ts';
export { rnn, rnnFrom } from './rnn.ts';
export type { TokenOptions } from './sample-token.ts';
export { sampleTokens, type TokenRow } from './sample-tokens.ts';
export { type SgdItem, type SgdSettings, sgd } from './sgd.ts';
export {
  type UpdateItem,
  type UpdateMeasures,
  type UpdateOp,
  type UpdateSettings,
  updateOp,
} from './update.ts';

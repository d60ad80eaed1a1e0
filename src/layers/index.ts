// The tf.layers layers that several architectures are assembled from.
export { PositionEmbedding, TokenEmbedding } from './embedding.ts';
export { Head } from './head.ts';
export { LayerNorm } from './layer-norm.ts';
export {
  type CallOptions,
  dropAt,
  type FloatsPerToken,
  floatsOf,
  floatsRecomputing,
  type LayerArgs,
  ModelLayer,
  one,
} from './model-layer.ts';

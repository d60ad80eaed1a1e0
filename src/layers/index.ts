// The tf.layers layers that models are assembled from.
export { SelfAttention } from './attention.ts';
export { Block, PLACES_PER_BLOCK } from './block.ts';
export { PositionEmbedding, TokenEmbedding } from './embedding.ts';
export { Head } from './head.ts';
export { LayerNorm } from './layer-norm.ts';
export { Lstm } from './lstm.ts';
export { Mlp } from './mlp.ts';
export { dropAt, type FloatsPerToken, floatsOf, ModelLayer, type WeightChange } from './model-layer.ts';

// All tf.layers layers, shared and of one architecture, for those who build models of their own.
export * from '../layers/index.ts';
export { ConvBlock } from './cnn/block.ts';
export { GatedConv } from './cnn/gated-conv.ts';
export { SelfAttention } from './gpt/attention.ts';
export { Block } from './gpt/block.ts';
export { Mlp } from './gpt/mlp.ts';
export { Gru } from './gru/layer.ts';
export { Lstm } from './lstm/layer.ts';
export { Rnn } from './rnn/layer.ts';
export { PLACES_PER_BLOCK } from './transformer/block.ts';

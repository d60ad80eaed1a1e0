// Block: attention and Mlp after LayerNorms, as GPT-2 has them.
import * as tf from '#tfjs';
import { type LayerArgs, LayerNorm } from '../../layers/index.ts';
import { PreNormBlock } from '../transformer/block.ts';
import { type AttentionConfig, SelfAttention } from './attention.ts';
import { Mlp } from './mlp.ts';

export class Block extends PreNormBlock {
  static className = 'Block';
  protected readonly dropping: AttentionConfig;
  protected readonly branches;

  constructor(config: AttentionConfig & LayerArgs) {
    super(config);
    const { width, heads, context, dropout, place } = config;
    this.dropping = { width, heads, context, dropout, place };
    this.branches = [
      {
        norm: this.child('ln_1', new LayerNorm({ width })),
        layer: this.child('attn', new SelfAttention(this.dropping)),
      },
      { norm: this.child('ln_2', new LayerNorm({ width })), layer: this.child('mlp', new Mlp({ width })) },
    ];
  }

  override getConfig() {
    return { ...super.getConfig(), ...this.dropping };
  }
}
tf.serialization.registerClass(Block);

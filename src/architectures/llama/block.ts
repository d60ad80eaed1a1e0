// LlamaBlock: grouped attention and an MLP, each after a norm.
import * as tf from '#tfjs';
import type { LayerArgs } from '../../layers/index.ts';
import { PreNormBlock } from '../transformer/block.ts';
import { GroupedAttention, type PlacedConfig } from './attention.ts';
import { LlamaMlp } from './mlp.ts';
import { normLayer } from './norm.ts';

export class LlamaBlock extends PreNormBlock {
  static className = 'LlamaBlock';
  protected readonly dropping: PlacedConfig;
  protected readonly branches;

  constructor({ config, ...args }: { config: PlacedConfig } & LayerArgs) {
    super(args);
    this.dropping = config;
    this.branches = [
      {
        norm: this.child('input_layernorm', normLayer(config)),
        layer: this.child('self_attn', new GroupedAttention({ config })),
      },
      {
        norm: this.child('post_attention_layernorm', normLayer(config)),
        layer: this.child('mlp', new LlamaMlp({ config })),
      },
    ];
  }

  override getConfig() {
    return { ...super.getConfig(), config: this.dropping };
  }
}
tf.serialization.registerClass(LlamaBlock);

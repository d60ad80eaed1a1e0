// LlamaBlock: grouped attention and an MLP, each after a norm, and before another one if asked for.
import * as tf from '#tfjs';
import type { LayerArgs } from '../../layers/index.ts';
import { PreNormBlock } from '../transformer/block.ts';
import { GroupedAttention, type PlacedConfig } from './attention.ts';
import { LlamaMlp } from './mlp.ts';
import { normLayer } from './norm.ts';
import { blockNorms } from './parameters.ts';

export class LlamaBlock extends PreNormBlock {
  static className = 'LlamaBlock';
  protected readonly dropping: PlacedConfig;
  protected readonly branches;

  constructor({ config, ...args }: { config: PlacedConfig } & LayerArgs) {
    super(args);
    this.dropping = config;
    const { attention, mlp } = blockNorms(config);
    const norm = (name: string) => this.child(name, normLayer(config));
    const maybe = (name: string | undefined) => (name === undefined ? undefined : norm(name));
    this.branches = [
      {
        norm: norm(attention.before),
        layer: this.child('self_attn', new GroupedAttention({ config })),
        after: maybe(attention.after),
      },
      {
        norm: norm(mlp.before),
        layer: this.child('mlp', new LlamaMlp({ config })),
        after: maybe(mlp.after),
      },
    ];
  }

  override getConfig() {
    return { ...super.getConfig(), config: this.dropping };
  }
}
tf.serialization.registerClass(LlamaBlock);

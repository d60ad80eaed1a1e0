// GPT-2: learned positions, pre-norm blocks, tied head; parameters named and laid out as Hugging Face's GPT-2.
import { Head, LayerNorm, PositionEmbedding, TokenEmbedding } from '../../layers/index.ts';
import { PLACES_PER_BLOCK } from '../transformer/block.ts';
import { Transformer } from '../transformer/model.ts';
import { Block } from './block.ts';
import type { GptConfig } from './config.ts';
import { gptSpecs } from './parameters.ts';

export class Gpt extends Transformer<GptConfig> {
  /** Without a seed the weights are zero. */
  constructor(config: GptConfig, seed: number | undefined) {
    const tokens = new TokenEmbedding(config);
    const positions = new PositionEmbedding(config);
    const blocks = Array.from(
      { length: config.layers },
      (_, i) => new Block({ ...config, place: 1 + i * PLACES_PER_BLOCK }), // place 0 is the embeddings'
    );
    const norm = new LayerNorm(config);
    const head = new Head({ ...config, bias: false, tiedTo: tokens });
    super(
      config,
      { tokens, positions, blocks, norm, head },
      [
        ['wte', tokens],
        ['wpe', positions],
        ...blocks.map((block, i) => [`h.${i}`, block] as const),
        ['ln_f', norm],
        ['lm_head', head],
      ],
      gptSpecs(config),
      seed,
    );
  }
}

// Llama: pre-norm blocks of grouped attention with rotary positions, a gated MLP, RMSNorm; each part with a switch.
import { Head, PositionEmbedding, TokenEmbedding } from '../../layers/index.ts';
import { PLACES_PER_BLOCK } from '../transformer/block.ts';
import { Transformer } from '../transformer/model.ts';
import { RotaryTable } from '../transformer/rotary-table.ts';
import { LlamaBlock } from './block.ts';
import type { LlamaConfig } from './config.ts';
import { frequenciesOf, ropeAt } from './frequencies.ts';
import { normLayer } from './norm.ts';
import { llamaSpecs } from './parameters.ts';

export class Llama extends Transformer<LlamaConfig> {
  /** Without a seed the weights are zero. */
  constructor(config: LlamaConfig, seed: number | undefined) {
    const tokens = new TokenEmbedding(config);
    const isLearned = config.positions === 'learned';
    const positions = isLearned ? new PositionEmbedding(config) : undefined;
    const rotary = isLearned ? undefined : tablesOf(config);
    const blocks = Array.from(
      { length: config.layers },
      (_, i) => new LlamaBlock({ config: { ...config, place: 1 + i * PLACES_PER_BLOCK } }), // place 0 is the embeddings'
    );
    const norm = normLayer(config);
    const { vocabSize, width, tiedHead, softcap, scaledEmbedding } = config;
    const scale = scaledEmbedding ? Math.sqrt(width) : undefined;
    const head = new Head({ vocabSize, width, bias: false, tiedTo: tiedHead ? tokens : undefined, softcap });
    super(
      config,
      { tokens, scale, positions, rotary, blocks, norm, head },
      [
        ['embed_tokens', tokens],
        ...(positions ? [['embed_positions', positions] as const] : []),
        ...blocks.map((block, i) => [`layers.${i}`, block] as const),
        ['norm', norm],
        ['lm_head', head],
      ],
      llamaSpecs(config),
      seed,
    );
  }
}

/** Each block's; blocks of the same frequencies share one. */
function tablesOf(config: LlamaConfig): RotaryTable[] {
  const tables = new Map<string, RotaryTable>();
  return Array.from({ length: config.layers }, (_, layer) => {
    const frequencies = frequenciesOf(ropeAt(config, layer));
    const key = frequencies.join();
    if (!tables.has(key)) tables.set(key, new RotaryTable(frequencies, config.context));
    return tables.get(key)!;
  });
}

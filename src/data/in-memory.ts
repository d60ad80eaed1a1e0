// Prepares a text in memory, where there is no disk. The tokens are those that prepare.ts writes to files.
import { countText } from './documents.ts';
import { checkValFraction, type EncodeOptions, encodeSplits } from './encode.ts';
import { type SplitName, splitRule } from './split.ts';
import type { SplitCounts } from './split-writer.ts';
import { TokenBuffer, type Tokens } from './tokens.ts';

export interface MemoryDataset extends Record<SplitName, Tokens> {
  readonly counts: Record<SplitName, SplitCounts>;
}

export async function prepareInMemory(options: EncodeOptions): Promise<MemoryDataset> {
  const { source, valFraction, seed, onProgress } = options;
  checkValFraction(valFraction);
  const totals = await countText(source, (bytes) => onProgress?.({ phase: 'count', bytes }));
  const buffers = { train: new TokenBuffer(), val: new TokenBuffer() };
  const counts = await encodeSplits(options, splitRule(totals, valFraction, seed), totals, buffers);
  const finish = (split: SplitName) => buffers[split].finish(options.tokenizer.endOfText);
  return { train: finish('train'), val: finish('val'), counts };
}

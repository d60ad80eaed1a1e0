// The flags of tsgpt prepare, as both of its ways read them.
import { UsageError, unexpected } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import { kebab } from '../base/kebab.ts';
import type { Progress } from '../base/progress.ts';
import type { PrepareProgress } from '../data/encode.ts';
import type { ShardOptions } from '../data/preparing.ts';
import type { TextOptions } from '../text/open.ts';
import type { TokenizerOptions } from '../tokenizers/choose.ts';
import { numberFlag, required, sizeFlag, wholeFlag } from './flags.ts';
import type { JsonFlag } from './output.ts';

export interface PrepareFlags extends JsonFlag {
  pairs?: string;
  chat?: boolean;
  tokenizer?: string;
  sourceTokenizer?: string;
  out?: string;
  vocabSize?: string;
  lowercase?: boolean;
  minCount?: string;
  valFraction: string;
  seed: string;
  field?: string;
  lines?: boolean;
  fields?: string;
  count?: string;
  where?: string;
  dedupe?: boolean;
  shuffle?: boolean;
  limit?: string;
  memory?: string;
  shardSize?: string;
  part?: string;
}

/** How a text is divided into shards; nothing where it is not. */
export function shardsOf({
  shardSize,
  part,
}: PrepareFlags): Pick<ShardOptions, 'shardBytes' | 'part'> | undefined {
  if (shardSize === undefined && part === undefined) return undefined;
  const [, number, of] = /^(\d+)\/(\d+)$/.exec(part ?? '1/1') ?? [];
  if (number === undefined) throw unexpected('--part', 'one such as 1/4', part);
  return {
    ...(shardSize !== undefined && { shardBytes: sizeFlag('shard-size', shardSize) }),
    ...(part !== undefined && { part: { number: Number(number), of: Number(of) } }),
  };
}

/** What is wanted of a text. */
export function selectionOf({ where, dedupe, shuffle, limit, memory }: PrepareFlags): TextOptions {
  return {
    ...{ where, dedupe, shuffle },
    ...(limit !== undefined && { limit: wholeFlag('limit', limit, 1) }),
    ...(memory !== undefined && { memory: sizeFlag('memory', memory) }),
  };
}

/** Refuses flags that choose among the documents of a text, where there is none. */
export function refuseSelection(flags: PrepareFlags, way: string): void {
  for (const name of ['where', 'dedupe', 'shuffle', 'limit', 'memory', 'shardSize', 'part'] as const)
    if (flags[name] !== undefined)
      throw new UsageError(`--${kebab(name)} does not go with ${way}`, 'leave it out: it is of a text');
}

export function commonFlags(flags: PrepareFlags) {
  return {
    out: required('--out <folder>', flags.out, '--out data/mine'),
    seed: numberFlag('seed', flags.seed),
    valFraction: numberFlag('val-fraction', flags.valFraction),
    count: flags.count === undefined ? undefined : wholeFlag('count', flags.count, 1),
  };
}

export function tokenizerOptions(flags: PrepareFlags): Omit<TokenizerOptions, 'onProgress'> {
  return {
    ...(flags.vocabSize !== undefined && { vocabSize: numberFlag('vocab-size', flags.vocabSize) }),
    ...(flags.lowercase && { lowercase: true }),
    ...(flags.minCount !== undefined && { minCount: wholeFlag('min-count', flags.minCount, 1) }),
  };
}

/** What learning a tokenizer and encoding tell, on the live line. */
export function progressOn(progress: Progress) {
  const learning: NonNullable<TokenizerOptions['onProgress']> = ({ phase, text }) =>
    phase === 'count' || phase === 'merge' ? progress.live(text) : progress.note(text);
  const encoding = ({ phase, bytes, totalBytes }: PrepareProgress) => {
    const share = totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`;
    progress.live(`${phase === 'count' ? 'reading' : 'encoding'} ${formatBytes(bytes)}${share}`);
  };
  return { learning, encoding };
}

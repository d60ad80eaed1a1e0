// The files of a split of pairs: train.bin has the tokens of each pair, its source's and then its target's; train.ends.bin has,
// as little-endian uint32, where in it each pair's source ends and where its target does.
import { join } from 'node:path';
import { checkHash, checkSize, damaged } from './damaged.ts';
import { EndsWriter, readEnds } from './ends.ts';
import { BYTES_PER_TOKEN, type PairSplitMeta, type TokenDtype } from './meta.ts';
import type { PairSplitName } from './pair-split.ts';
import { checkIndex, type Pairs } from './pairs.ts';
import { openTokenFile, TokenWriter } from './token-file.ts';

export function pairFileNames(split: PairSplitName): { tokens: string; ends: string } {
  return { tokens: `${split}.bin`, ends: `${split}.ends.bin` };
}

export class PairWriter {
  readonly #tokens: TokenWriter;
  readonly #ends: EndsWriter;
  readonly #counts = { pairs: 0, sourceTokens: 0, tokens: 0, bytes: 0, longestSource: 0, longestTarget: 0 };

  constructor(folder: string, split: PairSplitName, vocabSize: number) {
    const { tokens, ends } = pairFileNames(split);
    this.#tokens = new TokenWriter(join(folder, tokens), vocabSize);
    this.#ends = new EndsWriter(join(folder, ends));
  }

  /** `bytes` are those of the target's text. */
  add(source: ArrayLike<number>, target: ArrayLike<number>, bytes: number): void {
    const counts = this.#counts;
    for (const ids of [source, target]) {
      this.#tokens.append(ids);
      this.#ends.add(this.#tokens.tokens);
    }
    counts.pairs++;
    counts.sourceTokens += source.length;
    counts.tokens += target.length;
    counts.bytes += bytes;
    counts.longestSource = Math.max(counts.longestSource, source.length);
    counts.longestTarget = Math.max(counts.longestTarget, target.length);
  }

  finish(): PairSplitMeta {
    return { ...this.#counts, sha256: this.#tokens.finish(), endsSha256: this.#ends.finish() };
  }

  close(): void {
    this.#tokens.close();
    this.#ends.close();
  }
}

export interface PairFile extends Pairs {
  verify(): Promise<void>;
  close(): void;
}

/** Tokens are read by position; the ends are held in memory, once they are found to agree with what meta.json says. */
export function openPairFile(
  folder: string,
  split: PairSplitName,
  meta: PairSplitMeta,
  dtype: TokenDtype,
): PairFile {
  const names = pairFileNames(split);
  const [path, endsPath] = [join(folder, names.tokens), join(folder, names.ends)];
  const all = meta.sourceTokens + meta.tokens;
  checkSize(path, all * BYTES_PER_TOKEN[dtype], `${all} tokens of ${dtype}`);
  checkSize(endsPath, 2 * meta.pairs * BYTES_PER_TOKEN.uint32, `two ends of ${meta.pairs} pairs`);
  const ends = checkedEnds(endsPath, meta);
  const tokens = openTokenFile(path, dtype);
  return {
    length: meta.pairs,
    longestSource: meta.longestSource,
    longestTarget: meta.longestTarget,
    at(index) {
      checkIndex(meta.pairs, index);
      const start = index === 0 ? 0 : ends[2 * index - 1]!;
      const [middle, end] = [ends[2 * index]!, ends[2 * index + 1]!];
      const ids = tokens.read(start, end - start);
      return { source: ids.subarray(0, middle - start), target: ids.subarray(middle - start) };
    },
    async verify() {
      await checkHash(path, meta.sha256);
      await checkHash(endsPath, meta.endsSha256);
    },
    close: () => tokens.close(),
  };
}

function checkedEnds(path: string, meta: PairSplitMeta): Uint32Array {
  const ends = readEnds(path);
  const sums = [0, 0];
  const longest = [0, 0];
  for (let i = 0, last = 0; i < ends.length; last = ends[i++]!) {
    const length = ends[i]! - last;
    const side = i % 2;
    sums[side]! += length;
    longest[side] = Math.max(longest[side]!, length);
  }
  const got = [...sums, ...longest];
  const wanted = [meta.sourceTokens, meta.tokens, meta.longestSource, meta.longestTarget];
  if (got.every((count, i) => count === wanted[i])) return ends;
  const words = ([source, target, most, mostTarget]: number[]) =>
    `${source} and ${target} tokens, at most ${most} and ${mostTarget} in a pair`;
  throw damaged(path, `expected sources and targets of ${words(wanted)}, but it tells of ${words(got)}`);
}

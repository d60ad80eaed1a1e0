// Byte-pair learning: the most frequent pair of neighbouring tokens over all words becomes a token, again and again.
// Counts are updated incrementally. pair-queue.ts breaks ties, so the result depends on the words and their counts alone.
import { type Pair, PairQueue } from './pair-queue.ts';
import { MAX_IDS } from './pair-ranks.ts';

/**
 * Ids 0–255 are the bytes; merge i makes the id 256 + i. There are fewer than `wanted` where no pair is left that occurs `least`
 * times.
 */
export function learnMerges(
  wordCounts: ReadonlyMap<string, number>,
  wanted: number,
  least: number,
  onMerge: (merges: number) => void,
): [left: number, right: number][] {
  const encoder = new TextEncoder();
  const words = Array.from(wordCounts.keys(), (word) => Array.from(encoder.encode(word)));
  const counts = [...wordCounts.values()];
  const pairs = new Map<number, Pair>();
  const change = (left: number, right: number, word: number, by: number): Pair => {
    const key = left * MAX_IDS + right;
    let pair = pairs.get(key);
    if (pair === undefined) {
      pair = { left, right, count: 0, words: [] };
      pairs.set(key, pair);
    }
    pair.count += by * counts[word]!;
    if (by > 0 && pair.words.at(-1) !== word) pair.words.push(word);
    return pair;
  };
  words.forEach((ids, word) => {
    for (let i = 1; i < ids.length; i++) change(ids[i - 1]!, ids[i]!, word, 1);
  });
  const queue = new PairQueue();
  for (const pair of pairs.values()) queue.push(pair);

  const merges: [number, number][] = [];
  while (merges.length < wanted) {
    const best = queue.pop(least);
    if (best === undefined) break;
    const made = 256 + merges.length;
    const born = new Set<Pair>();
    for (const word of best.words) {
      words[word] = replace(words[word]!, best, made, (left, right, by) => {
        const pair = change(left, right, word, by);
        if (by > 0) born.add(pair);
      });
    }
    pairs.delete(best.left * MAX_IDS + best.right);
    for (const pair of born) queue.push(pair);
    merges.push([best.left, best.right]);
    onMerge(merges.length);
  }
  return merges;
}

/** Replaces each `pair` in `ids` by `made`, from the left, and reports every pair of neighbours removed (−1) or added (+1). */
function replace(
  ids: readonly number[],
  { left, right }: Pair,
  made: number,
  onChange: (left: number, right: number, by: 1 | -1) => void,
): number[] {
  const out: number[] = [];
  for (let i = 0; i < ids.length; i++) {
    if (ids[i] !== left || ids[i + 1] !== right) {
      out.push(ids[i]!);
      continue;
    }
    const before = out.at(-1);
    const after = ids[i + 2];
    onChange(left, right, -1);
    if (before !== undefined) {
      onChange(before, left, -1);
      onChange(before, made, 1);
    }
    if (after !== undefined) {
      onChange(right, after, -1);
      onChange(made, after, 1);
    }
    out.push(made);
    i++;
  }
  return out;
}

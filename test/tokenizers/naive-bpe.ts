// Byte-pair learning and encoding as plainly as can be: every pair counted anew for every merge.

export type Pair = readonly [left: number, right: number];

/** Words written out by hand: a run of letters, digits, or anything else, with the one space before it. */
const ASCII_WORDS = /'(?:s|t|re|ve|m|ll|d)| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+/g;

function wordsOf(text: string): number[][] {
  return (text.match(ASCII_WORDS) ?? []).map((word) => [...new TextEncoder().encode(word)]);
}

function merge(ids: readonly number[], [left, right]: Pair, made: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < ids.length; ) {
    const isPair = ids[i] === left && ids[i + 1] === right;
    out.push(isPair ? made : ids[i]!);
    i += isPair ? 2 : 1;
  }
  return out;
}

export function naiveMerges(text: string, wanted: number): Pair[] {
  let words = wordsOf(text);
  const merges: Pair[] = [];
  while (merges.length < wanted) {
    const counts = new Map<string, number>();
    for (const ids of words) {
      for (let i = 1; i < ids.length; i++) {
        const key = `${ids[i - 1]},${ids[i]}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    const ranked = [...counts]
      .map(([key, count]) => ({ pair: key.split(',').map(Number) as [number, number], count }))
      .filter(({ count }) => count >= 2)
      .sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
    if (ranked.length === 0) break;
    const { pair } = ranked[0]!;
    words = words.map((ids) => merge(ids, pair, 256 + merges.length));
    merges.push(pair);
  }
  return merges;
}

/** Each merge in turn over each word. */
export function naiveEncode(text: string, merges: readonly Pair[]): number[] {
  return wordsOf(text).flatMap((word) => merges.reduce((ids, pair, i) => merge(ids, pair, 256 + i), word));
}

// What BLEU and chrF have in common: how many n-grams of a hypothesis its reference has too.

/** How many n-grams of one order there are in the hypothesis, in the reference, and in both. */
export interface Matches {
  readonly hypothesis: number;
  readonly reference: number;
  readonly shared: number;
}

/** An n-gram is shared as often as both have it. No token may hold a space. */
export function matchesOf(hypothesis: readonly string[], reference: readonly string[], n: number): Matches {
  const known = countsOf(reference, n);
  let shared = 0;
  for (const [words, count] of countsOf(hypothesis, n)) shared += Math.min(count, known.get(words) ?? 0);
  return { hypothesis: ngramsIn(hypothesis, n), reference: ngramsIn(reference, n), shared };
}

export function sumOf(all: readonly Matches[]): Matches {
  const sum = { hypothesis: 0, reference: 0, shared: 0 };
  for (const { hypothesis, reference, shared } of all) {
    sum.hypothesis += hypothesis;
    sum.reference += reference;
    sum.shared += shared;
  }
  return sum;
}

function ngramsIn(tokens: readonly string[], n: number): number {
  return Math.max(tokens.length - n + 1, 0);
}

function countsOf(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i < ngramsIn(tokens, n); i++) {
    const words = tokens.slice(i, i + n).join(' ');
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return counts;
}

// Every sequence of so many ids, so that a sum over all of them can be taken one by one.

/** All sequences of `length` ids below K. */
export function sequences(length: number, K: number): number[][] {
  if (length === 0) return [[]];
  return sequences(length - 1, K).flatMap((start) => Array.from({ length: K }, (_, id) => [...start, id]));
}

/** What a CTC alignment says: repeats joined, then blanks dropped. */
export function collapsed(alignment: number[], blank: number): number[] {
  return alignment.filter((id, t) => id !== blank && id !== alignment[t - 1]);
}

/** ln p of every target that inputs of these log-probabilities (T × V) can have, by its ids joined with spaces. */
export function ctcByBruteForce(logProbs: number[][], blank: number): Map<string, number> {
  const totals = new Map<string, number>();
  for (const alignment of sequences(logProbs.length, logProbs[0]!.length)) {
    const target = collapsed(alignment, blank).join(' ');
    const logProb = alignment.reduce((total, id, t) => total + logProbs[t]![id]!, 0);
    totals.set(target, (totals.get(target) ?? 0) + Math.exp(logProb));
  }
  return new Map([...totals].map(([target, total]) => [target, Math.log(total)]));
}

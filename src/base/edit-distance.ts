// The edit distance (Levenshtein 1966): the fewest insertions, deletions and substitutions that make one sequence of another.

/** Elements are compared by identity: tokens, words, or the characters of `[...text]`. */
export function editDistance<T>(a: ArrayLike<T>, b: ArrayLike<T>): number {
  // distances[j] is that of the first i elements of a from the first j of b.
  const distances = Uint32Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    let diagonal = distances[0]!;
    distances[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const substituted = diagonal + (a[i - 1] === b[j - 1] ? 0 : 1);
      diagonal = distances[j]!;
      distances[j] = Math.min(substituted, diagonal + 1, distances[j - 1]! + 1);
    }
  }
  return distances[b.length]!;
}

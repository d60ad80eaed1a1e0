// Some of many, at equal distances.

/** `count` of the indices 0 … all − 1, evenly spaced; all of them if there are no more. */
export function evenlySpaced(all: number, count: number): number[] {
  const taken = Math.min(all, count);
  return Array.from({ length: taken }, (_, i) => Math.floor((i * all) / taken));
}

// What several seeds say together: a mean, its spread, and whether one is better than another beyond chance.

export interface Sample {
  readonly mean: number;
  /** The standard deviation over the seeds, of the sample (n − 1); 0 for a single one. */
  readonly spread: number;
  readonly count: number;
}

export function sampleOf(values: readonly number[]): Sample {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, spread: count > 1 ? Math.sqrt(squares / (count - 1)) : 0, count };
}

/** Whether the means differ by more than both spreads together: inside of them nothing is called better. */
export function areApart(a: Sample, b: Sample): boolean {
  return Math.abs(a.mean - b.mean) > a.spread + b.spread;
}

// The models that speed is measured with: each of a size people train, with the batch they would take. bench/peer.py has the same.
import type { Benchmark } from '../architectures/architecture.ts';
import { ARCHITECTURES } from '../architectures/list.ts';
import { UsageError } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';

export const BENCHMARKS: Readonly<Record<string, Benchmark>> = Object.assign(
  {},
  ...ARCHITECTURES.map(({ benchmarks }) => benchmarks),
);

export function benchmarkNamed(name: string): Benchmark {
  if (Object.hasOwn(BENCHMARKS, name)) return BENCHMARKS[name]!;
  throw new UsageError(
    `unknown configuration ${JSON.stringify(name)}`,
    didYouMean(name, Object.keys(BENCHMARKS)),
  );
}

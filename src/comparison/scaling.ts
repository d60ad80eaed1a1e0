// How an architecture's loss falls as it grows: a power law through its sizes.
import type { ComparisonEntry, Scaling } from './findings.ts';
import { powerLaw } from './power-law.ts';

/** `floor` is the text's own entropy, which no size can remove; the law is of what lies above it. */
export function scalingOf(entries: readonly ComparisonEntry[], floor = 0): Scaling[] {
  const withoutSize = ({ name }: ComparisonEntry) => name.split(' ')[0]!;
  return [...new Set(entries.map(withoutSize))].flatMap((arch) => {
    const points = entries
      .filter((entry) => withoutSize(entry) === arch)
      .map(({ parameters, loss }) => ({ parameters, loss: loss.mean }));
    if (points.length < 2) return [];
    return { arch, points, law: powerLaw(points.map(({ parameters, loss }) => [parameters, loss - floor])) };
  });
}

// The known name nearest to a misspelt one, for "did you mean …?".
import { editDistance } from './edit-distance.ts';

export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 2)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

export function didYouMean(name: string, known: Iterable<string>): string {
  const names = [...known];
  const guess = nearest(name, names);
  return guess === undefined ? `known: ${names.join(', ')}` : `did you mean ${guess}?`;
}

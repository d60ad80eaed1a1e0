// A split is measured part by part: one after the other, or dealt out to ranks. Either way what is measured comes in the order of
// parts, so that sums of it have the same bits.
import { type Collective, gatherNumbers } from '../collectives/collective.ts';

/** Yields each part with the numbers, `count` of them, that `measure` gives for it, on every rank. */
export async function* dealt<Part extends object>(
  parts: Iterable<Part>,
  ranks: Collective | undefined,
  count: number,
  measure: (part: Part) => Promise<readonly number[]>,
): AsyncGenerator<[part: Part, ...measured: number[]]> {
  for (const round of inRounds(parts, ranks?.size ?? 1)) {
    const own = round[ranks?.rank ?? 0];
    const numbers = Float64Array.from(own ? await measure(own) : []);
    const countOf = (rank: number) => (rank < round.length ? count : 0);
    const all = ranks ? await gatherNumbers(ranks, numbers, countOf) : numbers;
    for (const [i, part] of round.entries()) yield [part, ...all.subarray(i * count, (i + 1) * count)];
  }
}

function* inRounds<Part>(parts: Iterable<Part>, length: number): Generator<Part[]> {
  let round: Part[] = [];
  for (const part of parts) {
    if (round.push(part) < length) continue;
    yield round;
    round = [];
  }
  if (round.length > 0) yield round;
}

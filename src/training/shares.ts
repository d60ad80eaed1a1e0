// How what is trained is shared out: of each parameter every rank keeps and updates a part, of its optimizer's state as well.
import { type Bounds, boundsOf } from '../collectives/collective.ts';

/** How a parameter can be divided: parts begin at multiples of the grain. */
export interface Divisible {
  size: number;
  grain: number;
}

/**
 * The bounds of each rank's part of each parameter. Parts of one parameter are as equal as its grain allows, so that all ranks
 * have something to do at all times; what is left over goes to those that have the least by then.
 */
export function shareOut(parameters: ReadonlyMap<string, Divisible>, ranks: number): Map<string, Bounds> {
  const shares = new Map<string, Bounds>();
  const held = new Float64Array(ranks);
  for (const [name, { size, grain }] of parameters) {
    const grains = Math.ceil(size / grain);
    const over = new Set(poorest(held).slice(0, grains % ranks));
    let from = 0;
    const bounds = boundsOf(ranks, (rank) => {
      const most = (Math.floor(grains / ranks) + (over.has(rank) ? 1 : 0)) * grain;
      const length = Math.min(most, size - from);
      from += length;
      held[rank]! += length;
      return length;
    });
    shares.set(name, bounds);
  }
  return shares;
}

/** The ranks, those that hold the least first. */
function poorest(held: Float64Array): number[] {
  return Array.from(held, (_, rank) => rank).sort((a, b) => held[a]! - held[b]! || a - b);
}

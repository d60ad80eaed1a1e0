// How lines look: their colours are variables of the style, their dashes are in pixels.
import type { Line, Look } from '../../src/comparison/page/figure.ts';

const PALETTE = 8;
/** From solid to more and more broken. */
const DASHES = [[], [9, 4], [5, 4], [2, 4], [9, 4, 2, 4]];

export function colourOf({ colour }: Look): string {
  return `--c${colour % PALETTE}`;
}

export function dashOf({ colour, dash }: Look): number[] {
  return DASHES[(dash + Math.floor(colour / PALETTE)) % DASHES.length]!;
}

/** Whether the line tells values, and does not only go with one that does. */
export function isRead({ kind }: Line): boolean {
  return kind === 'main' || kind === 'dots';
}

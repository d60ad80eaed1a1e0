// Slopes of a function of several arrays, by central differences in float64.
import type { Arrays } from './op-case.ts';

/** Both errors of the difference, from the step and from rounding, are then about 1e-9 for functions of order 1. */
const STEP = 2 ** -20;

/** An element's step for each array that moves. */
export type Direction = Record<string, ArrayLike<number>>;

export function slope(f: (arrays: Arrays) => number, at: Arrays, direction: Direction): number {
  return (f(moved(at, direction, STEP)) - f(moved(at, direction, -STEP))) / (2 * STEP);
}

export function partialDerivative(
  f: (arrays: Arrays) => number,
  at: Arrays,
  name: string,
  index: number,
): number {
  const unit = new Float64Array(at[name]!.data.length);
  unit[index] = 1;
  return slope(f, at, { [name]: unit });
}

function moved(at: Arrays, direction: Direction, step: number): Arrays {
  const changed = Object.entries(direction).map(([name, steps]) => {
    const { shape, data } = at[name]!;
    return [name, { shape, data: data.map((value, i) => value + step * steps[i]!) }];
  });
  return { ...at, ...Object.fromEntries(changed) };
}

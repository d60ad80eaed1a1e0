// What a kernel reads of the attribute `wanted` (kernel.ts).
import type * as tf from '#tfjs';

/** Whether the gradient of an input is wanted; none is where the kernel is not told of any. */
export function wantedBy({ wanted }: tf.NamedAttrMap): (input: string) => boolean {
  const names = new Set((wanted ?? []) as string[]);
  return (input) => names.has(input);
}

/** Those that there are, in order. */
export function present<T>(...items: (T | undefined)[]): T[] {
  return items.filter((item) => item !== undefined);
}

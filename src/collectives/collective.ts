// What ranks do together: processes, on one machine or on many, that train one model. Every rank calls the same functions in the
// same order; a later call need not wait for an earlier one.

export interface Collective {
  readonly rank: number;
  readonly size: number;
  addUp(addition: Addition): Promise<void>;
  gather(gathering: Gathering): Promise<void>;
}

/**
 * The sum of an array that some ranks have each. It is added up in the order of ranks, in float32, so its bits do not depend
 * on which of them is the quickest, nor on how the array is divided.
 */
export interface Addition {
  /** This rank's array, if it is one of the contributors: it must not change until all is done. */
  own: Float32Array | undefined;
  /** The first so many ranks have one. */
  contributors: number;
  /** Rank r gets the sum of the elements from bounds[r] to bounds[r + 1], added to what its `sum` holds. */
  bounds: Bounds;
  sum: Float32Array;
  /** The sum takes the place of what `sum` holds. */
  replaces: boolean;
  /** Each array is rounded to bfloat16 before, and has half the bytes to send. */
  asBf16: boolean;
}

/** An array that each rank has a part of, from bounds[r] to bounds[r + 1]. */
export interface Gathering {
  part: Uint8Array;
  bounds: Bounds;
  /** Where it is put together; undefined where it is not wanted. */
  whole: Uint8Array | undefined;
  /** The one rank that it is wanted on; undefined: all. */
  root?: number | undefined;
}

/** Where each rank's part begins, and at last where the last one ends; the first is 0. */
export type Bounds = Float64Array<ArrayBuffer>;

const LENGTH_BYTES = 8;

/** What each rank says, on all of them. */
export async function gatherTexts(ranks: Collective, text: string): Promise<string[]> {
  const part = new TextEncoder().encode(text);
  const lengths = new Float64Array(ranks.size);
  await ranks.gather({
    part: bytesOf(Float64Array.of(part.length)),
    bounds: boundsOf(ranks.size, () => LENGTH_BYTES),
    whole: bytesOf(lengths),
  });
  const bounds = boundsOf(ranks.size, (rank) => lengths[rank]!);
  const whole = new Uint8Array(bounds.at(-1)!);
  await ranks.gather({ part, bounds, whole });
  return Array.from(lengths, (_, rank) =>
    new TextDecoder().decode(whole.subarray(bounds[rank], bounds[rank + 1])),
  );
}

/** So many numbers of each rank, one rank's after the other's, on all of them. */
export async function gatherNumbers(
  ranks: Collective,
  own: Float64Array<ArrayBuffer>,
  countOf: (rank: number) => number = () => own.length,
): Promise<Float64Array<ArrayBuffer>> {
  const bounds = boundsOf(ranks.size, (rank) => countOf(rank) * own.BYTES_PER_ELEMENT);
  const whole = new Float64Array(bounds.at(-1)! / own.BYTES_PER_ELEMENT);
  await ranks.gather({ part: bytesOf(own), bounds, whole: bytesOf(whole) });
  return whole;
}

/** Waits until every rank has come so far. */
export async function meet(ranks: Collective): Promise<void> {
  await gatherNumbers(ranks, Float64Array.of(0));
}

export function boundsOf(ranks: number, lengthOf: (rank: number) => number): Bounds {
  const bounds = new Float64Array(ranks + 1);
  for (let rank = 0; rank < ranks; rank++) bounds[rank + 1] = bounds[rank]! + lengthOf(rank);
  return bounds;
}

/** The same memory. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

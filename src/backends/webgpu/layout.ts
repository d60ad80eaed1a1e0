// Lays tensors out side by side in as few buffers as possible. Matrices come first, since weight decay is the same for all
// matrices, and the same for all other parameters.

/** Bytes: any device binds a storage buffer at a multiple of this, and fours of elements are aligned. */
const ALIGNMENT = 256;

interface Place {
  buffer: number;
  /** Bytes from the buffer's beginning. */
  offset: number;
  bytes: number;
}

export interface Layout {
  /** One place for each tensor, in the tensors' order. */
  places: readonly Place[];
  /** The tensors' indices, in the order of their places. */
  order: readonly number[];
  /** Bytes of each buffer. */
  sizes: readonly number[];
}

/** No buffer gets more than `most` bytes, which no tensor has. */
export function layoutOf(shapes: readonly number[][], most: number): Layout {
  const isMatrix = (index: number) => shapes[index]!.length >= 2;
  const order = [...shapes.keys()].sort((a, b) => Number(isMatrix(b)) - Number(isMatrix(a)));
  const places: Place[] = [];
  const sizes = [0];
  for (const index of order) {
    const bytes = shapes[index]!.reduce((product, length) => product * length, 4);
    const room = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    if (sizes.at(-1)! > 0 && sizes.at(-1)! + room > most) sizes.push(0);
    const buffer = sizes.length - 1;
    places[index] = { buffer, offset: sizes[buffer]!, bytes };
    sizes[buffer]! += room;
  }
  return { places, order, sizes };
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return (
    a.places.length === b.places.length &&
    a.places.every(({ buffer, offset, bytes }, i) => {
      const other = b.places[i]!;
      return buffer === other.buffer && offset === other.offset && bytes === other.bytes;
    })
  );
}

/** A part of a buffer, in bytes, whose tensors all have the same value (of weight decay, say). */
export interface Run {
  buffer: number;
  start: number;
  end: number;
  value: number;
}

/** The fewest runs of neighbours with one value each; `values` has one for each tensor, in the tensors' order. */
export function runsOf({ places, order, sizes }: Layout, values: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const index of order) {
    const [{ buffer, offset }, value] = [places[index]!, values[index]!];
    const last = runs.at(-1);
    if (last?.buffer === buffer && last.value === value) continue;
    if (last?.buffer === buffer) last.end = offset;
    runs.push({ buffer, start: offset, end: sizes[buffer]!, value });
  }
  return runs;
}

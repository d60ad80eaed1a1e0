// How tensors lie in as few buffers as hold them. Matrices come first: AdamW treats them alike, and the rest alike.

/** In bytes: from there any device binds a buffer, and four elements can be read at once. */
const ALIGNMENT = 256;

interface Place {
  buffer: number;
  /** In bytes. */
  offset: number;
  bytes: number;
}

export interface Layout {
  /** In the order of the tensors. */
  places: readonly Place[];
  /** The tensors' indices, as they lie. */
  order: readonly number[];
  /** Of the buffers, in bytes. */
  sizes: readonly number[];
}

/** No buffer is to be larger than that; no tensor is. */
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

/** Part of a buffer, in bytes, whose tensors all have that value. */
export interface Run {
  buffer: number;
  start: number;
  end: number;
  value: number;
}

/** Neighbours of one value each; values are in the order of the tensors. */
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

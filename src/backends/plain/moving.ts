// Slices and transposes of float32 tensors, copied in contiguous runs where tfjs goes element by element.

/** A slice: the box of `size` that starts at `begin` in a tensor of `shape`. */
export function copyBox(
  values: Float32Array,
  shape: number[],
  begin: number[],
  size: number[],
): Float32Array {
  const strides = stridesOf(shape);
  const out = new Float32Array(product(size));
  // Dimensions from `run` on are whole, so that a run of them is contiguous.
  let run = shape.length;
  while (run > 0 && size[run] === shape[run]) run--;
  const length = product(size.slice(run));
  const origin = begin.reduce((at, start, d) => at + start * strides[d]!, 0);
  walk(size.slice(0, run), strides, (from, index) => {
    out.set(values.subarray(origin + from, origin + from + length), index * length);
  });
  return out;
}

/** Permutes dimensions: d of the result is order[d] of the tensor. */
export function transpose(values: Float32Array, shape: number[], order: number[]): Float32Array {
  const strides = stridesOf(shape);
  const out = new Float32Array(values.length);
  const last = order.at(-1) ?? 0;
  const [length, stride] = [shape[last] ?? 1, strides[last] ?? 1];
  const outer = order.slice(0, -1);
  walk(
    outer.map((d) => shape[d]!),
    outer.map((d) => strides[d]!),
    (from, index) => {
      const to = index * length;
      if (stride === 1) out.set(values.subarray(from, from + length), to);
      else for (let i = 0; i < length; i++) out[to + i] = values[from + i * stride]!;
    },
  );
  return out;
}

/** Visits every index of `sizes` in order, with its offset by `strides`. */
function walk(sizes: number[], strides: number[], visit: (place: number, index: number) => void): void {
  const total = product(sizes);
  const at = sizes.map(() => 0);
  let place = 0;
  for (let index = 0; index < total; index++) {
    visit(place, index);
    for (let d = sizes.length - 1; d >= 0; d--) {
      place += strides[d]!;
      if (++at[d]! < sizes[d]!) break;
      place -= sizes[d]! * strides[d]!;
      at[d] = 0;
    }
  }
}

function stridesOf(shape: number[]): number[] {
  const strides = shape.map(() => 1);
  for (let d = shape.length - 2; d >= 0; d--) strides[d] = strides[d + 1]! * shape[d + 1]!;
  return strides;
}

function product(sizes: number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

// What both tiled programs of the matrix product share. A workgroup computes one tile of y over one slice of K: it steps
// along K, and stages a tile of each operand in workgroup memory at every step.
import type { Program, ProgramSource } from '../../program.ts';
import { GELU } from '../../wgsl.ts';
import { type Epilogue, epilogueArrays, epilogueOf, storeCode, storeFourCode } from './epilogue.ts';
import { arraysOf, type Product } from './product.ts';

/** How a product is cut: into square tiles of y, and for split-K into slices of K, each `slice` long. */
export interface Tiling {
  tile: 64 | 128;
  slices: number;
  slice: number;
}

/** How an operand lies in memory. */
export interface OperandLayout {
  /** Neighbours in memory are neighbours along K; else along the operand's rows of y (a) or columns of y (b). */
  alongK: boolean;
  /** A row in memory is a multiple of four elements long, so that four are read at once. */
  fours: boolean;
}

/** What the code of a tiled program depends on. */
export interface TileVariant extends Epilogue {
  tile: Tiling['tile'];
  a: OperandLayout;
  b: OperandLayout;
  /** y is written four elements at a time. */
  wide: boolean;
  /** Staged tiles are float16; sums are float32 in any case. */
  half: boolean;
  /** The operand that is a gradient, and is scaled into the range of float16. */
  scaled: 'a' | 'b' | 'none';
}

/** What one of the programs has of its own. */
interface Parts extends Pick<ProgramSource, 'name' | 'enable' | 'threads' | 'subgroups'> {
  /** Elements of the operands' arrays. */
  elements: { a: 'f32' | 'vec4f'; b: 'f32' | 'vec4f' };
  /** Workgroup memory, and the functions that read the operands. */
  declarations: string;
  /** Ends by giving the sums to `storeFour`, each divided by `scale`. */
  body: string;
}

export function tileVariant(product: Product, { tile }: Tiling, half: boolean): TileVariant {
  const { a, b, M, N, K } = product;
  const layout = (alongK: boolean, length: number) => ({ alongK, fours: (alongK ? K : length) % 4 === 0 });
  return {
    tile,
    a: layout(a.transposed !== true, M),
    b: layout(b.transposed === true, N),
    wide: N % 4 === 0,
    half,
    scaled: !half ? 'none' : a.largest ? 'a' : b.largest ? 'b' : 'none',
    ...epilogueOf(product),
  };
}

export function tileProgram(
  variant: TileVariant,
  { elements, declarations, body, ...parts }: Parts,
): ProgramSource {
  const { tile, wide, scaled, ...epilogue } = variant;
  const stored = wide ? 'vec4f' : 'f32';
  const { reads, writes } = epilogueArrays(epilogue, stored);
  return {
    ...parts,
    reads: { ...elements, ...(scaled !== 'none' && { largest: 'f32' }), ...reads },
    writes,
    numbers: { M: 'u32', N: 'u32', K: 'u32', startA: 'u32', startB: 'u32', startY: 'u32', slice: 'u32' },
    declarations: `${declarations}
${GELU}
${storeCode(epilogue, stored)}
${storeFourCode(wide)}`,
    body: `${scales(scaled)}
  let k0 = place.z * n.slice;
  let end = min(n.K, k0 + n.slice);
  let row0 = place.y * ${tile}u;
  let column0 = place.x * ${tile}u;
${body}`,
  };
}

export function runTiles(program: Program, product: Product, { tile, slices, slice }: Tiling): void {
  const { a, b, M, N, K, start = 0 } = product;
  const numbers = { M, N, K, startA: a.start ?? 0, startB: b.start ?? 0, startY: start, slice };
  program.run(arraysOf(product), numbers, [Math.ceil(N / tile), Math.ceil(M / tile), slices]);
}

/**
 * `scale` is a power of two that brings the gradient's largest magnitude to about 2^14; `scaleA` and `scaleB` are `scale`
 * for the gradient and 1 for the other operand. Infinities and NaNs stay what they are.
 */
function scales(scaled: TileVariant['scaled']): string {
  const bits = 'u32(clamp(268 - i32(bitcast<u32>(largest[0]) >> 23u), 1, 227)) << 23u'; // 127 + 14 + 127 − the exponent
  return `
  let scale = ${scaled === 'none' ? '1.0' : `bitcast<f32>(${bits})`};
  let scaleA = ${scaled === 'a' ? 'scale' : '1.0'};
  let scaleB = ${scaled === 'b' ? 'scale' : '1.0'};`;
}

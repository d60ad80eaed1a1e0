// The matrix product: by which program, and in how many parts.
import { backend, dispose, output } from '../memory.ts';
import { LEAST_SLICE } from '../temporaries.ts';
import { columnSums } from './columns.ts';
import { multiplyByUnits } from './matrices.ts';
import { type Product, stepsOf, type Tiling } from './product.ts';
import { isSkinny, skinnyMatMul } from './skinny.ts';
import { multiplyInRegisters } from './tiles.ts';

/** Workgroups that keep a GPU busy. */
const ENOUGH = 128;
/** Of K, what every program takes a whole number of at a time. */
const STEP = 32;

export function matMul(product: Product): void {
  const slices = slicesOf(product);
  if (isSkinny(product)) skinnyMatMul(product);
  else if (slices > 1) inSlices(product, slices);
  else tiledMatMul(product, tileOf(product));
}

/** With more than one slice, y is (slices, M, N), of each slice of K. */
export function tiledMatMul(product: Product, tile: Tiling['tile'], slices = 1): void {
  const { half, units } = backend().products;
  const slice = Math.ceil(product.K / slices / STEP) * STEP;
  if (half && units) multiplyByUnits(product, { tile, slices, slice }, units);
  else multiplyInRegisters(product, { tile, slices, slice }, half);
}

/** A long product with a small result, such as a weight's gradient: cut along K, so that there is work for all. */
function inSlices(product: Product, slices: number): void {
  const { M, N, y, accumulated } = product;
  const parts = output([slices, M, N]);
  tiledMatMul({ ...product, y: parts, accumulated: false }, tileOf(product), slices);
  columnSums(parts, slices, M * N, { into: y, accumulated });
  dispose(parts);
}

function slicesOf(product: Product): number {
  const { bias, before, residual } = stepsOf(product);
  if (bias || before || residual || product.start) return 1;
  return Math.max(
    1,
    Math.min(Math.floor(ENOUGH / tilesOf(product, 64)), Math.floor(product.K / LEAST_SLICE)),
  );
}

/** The larger tiles read less; they are taken where there are enough of them. */
function tileOf(product: Product): Tiling['tile'] {
  return tilesOf(product, 128) >= ENOUGH ? 128 : 64;
}

function tilesOf({ M, N }: Product, tile: Tiling['tile']): number {
  return Math.ceil(M / tile) * Math.ceil(N / tile);
}

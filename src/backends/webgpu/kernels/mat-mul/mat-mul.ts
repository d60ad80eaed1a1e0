// The matrix product: which program computes it, and in how many parts.
import { ENOUGH_WORKGROUPS, LEAST_SLICE } from '../../forecast.ts';
import { backend, dispose, output } from '../../memory.ts';
import { columnSums } from '../columns.ts';
import { gemv, isGemv } from './gemv.ts';
import type { Product } from './product.ts';
import { multiplyInRegisters } from './register-tiles.ts';
import { multiplyOnTensorCores } from './tensor-cores.ts';
import type { Tiling } from './tile-program.ts';

/** Slices of K are a multiple of this: every program steps along K by a divisor of it. */
const STEP = 32;

export function matMul(product: Product): void {
  const slices = slicesOf(product);
  if (isGemv(product)) gemv(product);
  else if (slices > 1) splitK(product, slices);
  else tiledMatMul(product, tileOf(product));
}

/** With more than one slice, y is (slices, M, N): a partial sum for each slice of K. */
export function tiledMatMul(product: Product, tile: Tiling['tile'], slices = 1): void {
  const { half, tensorCores } = backend().products;
  const slice = Math.ceil(product.K / slices / STEP) * STEP;
  if (half && tensorCores) multiplyOnTensorCores(product, { tile, slices, slice }, tensorCores);
  else multiplyInRegisters(product, { tile, slices, slice }, half);
}

/** Split-K: a product with a small result and a long K, such as a weight's gradient, has too few tiles to fill a GPU. */
function splitK(product: Product, slices: number): void {
  const { M, N, y, accumulated } = product;
  const parts = output([slices, M, N]);
  tiledMatMul({ ...product, y: parts, accumulated: false }, tileOf(product), slices);
  columnSums(parts, slices, M * N, { into: y, accumulated });
  dispose(parts);
}

/** Split-K leaves no room for an epilogue but accumulation. */
function slicesOf(product: Product): number {
  const { bias, preActivation, residual, start, K } = product;
  if (bias || preActivation || residual || start) return 1;
  const wanted = Math.floor(ENOUGH_WORKGROUPS / tilesOf(product, 64));
  return Math.max(1, Math.min(wanted, Math.floor(K / LEAST_SLICE)));
}

/** Larger tiles read each operand fewer times; they are taken where there are enough of them for the whole GPU. */
function tileOf(product: Product): Tiling['tile'] {
  return tilesOf(product, 128) >= ENOUGH_WORKGROUPS ? 128 : 64;
}

function tilesOf({ M, N }: Product, tile: Tiling['tile']): number {
  return Math.ceil(M / tile) * Math.ceil(N / tile);
}

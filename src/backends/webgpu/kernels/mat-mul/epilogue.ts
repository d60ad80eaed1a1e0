// WGSL of a product's epilogue: what happens to a sum on its way from registers to y.
import type { Product } from './product.ts';

/** The parts of the epilogue that a program has. */
export interface Epilogue {
  accumulated: boolean;
  bias: boolean;
  preActivation: boolean;
  residual: boolean;
}

type Elements = 'f32' | 'vec4f';

export function epilogueOf({ accumulated, bias, preActivation, residual }: Product): Epilogue {
  return {
    accumulated: accumulated === true,
    bias: bias !== undefined,
    preActivation: preActivation !== undefined,
    residual: residual !== undefined,
  };
}

/** The arrays that `store` works on, all with the same elements. */
export function epilogueArrays({ bias, preActivation, residual }: Epilogue, elements: Elements) {
  const reads = { ...(bias && { bias: elements }), ...(residual && { residual: elements }) };
  return { reads, writes: { y: elements, ...(preActivation && { preActivation: elements }) } };
}

/** `store(at, column, sum)` stores a sum, which belongs in that column, at that element of y. It needs GELU's code. */
export function storeCode(
  { accumulated, bias, preActivation, residual }: Epilogue,
  elements: Elements,
): string {
  const activated =
    elements === 'f32' ? 'gelu(value)' : 'vec4f(gelu(value.x), gelu(value.y), gelu(value.z), gelu(value.w))';
  return `
fn store(at: u32, column: u32, sum: ${elements}) {
  var value = sum;
  ${bias ? 'value += bias[column];' : ''}
  ${preActivation ? `preActivation[at] = value; value = ${activated};` : ''}
  ${residual ? 'value += residual[at];' : ''}
  y[at] ${accumulated ? '+=' : '='} value;
}`;
}

/** `storeFour(slice, row, column, sums)` stores four neighbours of a row, those that are inside the result. */
export function storeFourCode(wide: boolean): string {
  const narrow = 'for (var i = 0u; i < 4u && column + i < n.N; i++) { store(at + i, column + i, sums[i]); }';
  return `
fn storeFour(slice: u32, row: u32, column: u32, sums: vec4f) {
  if (row >= n.M || column >= n.N) { return; }
  let at = n.startY + (slice * n.M + row) * n.N + column;
  ${wide ? 'store(at / 4u, column / 4u, sums);' : narrow}
}`;
}

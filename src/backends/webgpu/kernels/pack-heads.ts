// PackHeads and its gradient, one thread an element of a row of qkv. With rotations each element of a query or key is turned
// together with the one half a head away.
import type * as tf from '#tfjs';
import { type Kernel, output } from '../memory.ts';
import { programs } from '../program.ts';

export const KERNELS: Record<string, Kernel> = { PackHeads, PackHeadsGrad };

const THREADS = 256;
const NUMBERS = { T: 'u32', Q: 'u32', S: 'u32', D: 'u32', size: 'u32' } as const; // Q = H · D, S = K · D

interface Variant {
  turned: boolean;
  started: boolean;
}

/** The element `e` of the row `row`; `sign` is that of the sines. It ends with `value`, made of what `given(row, e)` returns. */
function elementOf({ turned, started }: Variant, sign: string): string {
  return `
  let i = group * ${THREADS}u + thread;
  if (i >= n.size) { return; }
  let E = n.Q + 2u * n.S;
  let row = i / E;
  let e = i % E;
  var value = given(row, e);
  ${
    turned
      ? `if (e < n.Q + n.S) {
    let half = n.D / 2u;
    let d = e % n.D;
    let position = row % n.T${started ? ' + u32(starts[row / n.T])' : ''};
    let turn = position * n.D + d % half;
    let sine = ${sign}rotations[turn + half];
    if (d < half) { value = value * rotations[turn] - given(row, e + half) * sine; }
    else { value = value * rotations[turn] + given(row, e - half) * sine; }
  }`
      : ''
  }`;
}

function constantsOf({ turned, started }: Variant) {
  return { ...(turned && ({ rotations: 'f32' } as const)), ...(started && ({ starts: 'i32' } as const)) };
}

const pack = programs((variant: Variant) => ({
  name: 'packHeads',
  reads: { q: 'f32', k: 'f32', v: 'f32', ...constantsOf(variant) },
  writes: { qkv: 'f32' },
  numbers: NUMBERS,
  threads: THREADS,
  declarations: `
fn given(row: u32, e: u32) -> f32 {
  if (e < n.Q) { return q[row * n.Q + e]; }
  if (e < n.Q + n.S) { return k[row * n.S + e - n.Q]; }
  return v[row * n.S + e - n.Q - n.S];
}`,
  body: `${elementOf(variant, '')}
  qkv[i] = value;`,
}));

const unpack = programs((variant: Variant) => ({
  name: 'packHeadsGrad',
  reads: { dqkv: 'f32', ...constantsOf(variant) },
  writes: { dq: 'f32', dk: 'f32', dv: 'f32' },
  numbers: NUMBERS,
  threads: THREADS,
  declarations: `
fn given(row: u32, e: u32) -> f32 { return dqkv[row * (n.Q + 2u * n.S) + e]; }`,
  body: `${elementOf(variant, '-')}
  if (e < n.Q) { dq[row * n.Q + e] = value; }
  else if (e < n.Q + n.S) { dk[row * n.S + e - n.Q] = value; }
  else { dv[row * n.S + e - n.Q - n.S] = value; }`,
}));

function PackHeads(
  { q, k, v, rotations, starts }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [B, T, Q] = q!.shape as [number, number, number];
  const S = k!.shape[2]!;
  const qkv = output([B, T, Q + 2 * S]);
  const arrays = { q: q!, k: k!, v: v!, ...given(rotations, starts), qkv };
  const { numbers, workgroups } = sizes(qkv, Q, S, Q / (attributes.heads as number));
  pack(variantOf(rotations, starts)).run(arrays, numbers, workgroups);
  return [qkv];
}

function PackHeadsGrad(
  { dy, rotations, starts }: tf.NamedTensorInfoMap,
  attributes: tf.NamedAttrMap,
): tf.TensorInfo[] {
  const [B, T, E] = dy!.shape as [number, number, number];
  const { heads, kvHeads } = attributes as { heads: number; kvHeads: number };
  const D = E / (heads + 2 * kvHeads);
  const [Q, S] = [heads * D, kvHeads * D];
  const [dq, dk, dv] = [output([B, T, Q]), output([B, T, S]), output([B, T, S])];
  const { numbers, workgroups } = sizes(dy!, Q, S, D);
  const arrays = { dqkv: dy!, ...given(rotations, starts), dq, dk, dv };
  unpack(variantOf(rotations, starts)).run(arrays, numbers, workgroups);
  return [dq, dk, dv];
}

function variantOf(rotations: tf.TensorInfo | undefined, starts: tf.TensorInfo | undefined): Variant {
  return { turned: rotations !== undefined, started: starts !== undefined };
}

function given(rotations: tf.TensorInfo | undefined, starts: tf.TensorInfo | undefined) {
  return { ...(rotations && { rotations }), ...(starts && { starts }) };
}

function sizes({ shape }: tf.TensorInfo, Q: number, S: number, D: number) {
  const [B, T, E] = shape as [number, number, number];
  const size = B * T * E;
  return { numbers: { T, Q, S, D, size }, workgroups: Math.ceil(size / THREADS) };
}

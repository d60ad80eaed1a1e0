// Pieces of WGSL that several programs share.

/**
 * `sumOf(value, thread)` and `maxOf(value, thread)` reduce over all threads of a workgroup, a multiple of 16, and all must
 * call them. The time of a reduction is its barriers, so it has only two: 16 threads reduce a share each, then all the 16.
 */
export function reductions(threads: number): string {
  const reduction = (name: string, combine: string) => `
fn ${name}(value: f32, thread: u32) -> f32 {
  reduced[thread] = value;
  workgroupBarrier();
  if (thread < 16u) {
    var a = reduced[thread];
    for (var i = thread + 16u; i < ${threads}u; i += 16u) { let b = reduced[i]; a = ${combine}; }
    reducedAgain[thread] = a;
  }
  workgroupBarrier();
  var a = reducedAgain[0];
  for (var i = 1u; i < 16u; i++) { let b = reducedAgain[i]; a = ${combine}; }
  return a;
}`;
  return `var<workgroup> reduced: array<f32, ${threads}>;
var<workgroup> reducedAgain: array<f32, 16>;
${reduction('sumOf', 'a + b')}
${reduction('maxOf', 'max(a, b)')}`;
}

/** The threads that a row of that length is reduced by: each has about eight elements. */
export function threadsFor(length: number): number {
  return Math.min(256, Math.max(32, 2 ** Math.ceil(Math.log2(length / 8))));
}

/** `isFinite(bits)` takes the bits of a float32: compilers may assume that floats are finite. */
export const IS_FINITE = `
fn isFinite(bits: u32) -> bool {
  return (bits & 0x7f800000u) != 0x7f800000u;
}`;

/** Sigmoid and tanh, both made from exp: on some GPUs the built-in tanh is NaN for large numbers. */
export const SIGMOIDS = `
fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(clamp(-x, -80.0, 80.0)));
}
fn hyperbolic(x: f32) -> f32 {
  return 1.0 - 2.0 / (exp(2.0 * clamp(x, -15.0, 15.0)) + 1.0);
}`;

/** GPT-2's GELU, the approximation by tanh, and its derivative. */
export const GELU = `${SIGMOIDS}
fn geluTanh(x: f32) -> f32 {
  return hyperbolic(0.7978845608 * (x + 0.044715 * x * x * x));
}
fn gelu(x: f32) -> f32 {
  return 0.5 * x * (1.0 + geluTanh(x));
}
fn geluDerivative(x: f32) -> f32 {
  let t = geluTanh(x);
  return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * 0.7978845608 * (1.0 + 3.0 * 0.044715 * x * x);
}`;

const ROUNDS = 13;
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];

function threefryRounds(): string {
  return Array.from({ length: ROUNDS }, (_, round) => {
    const mix = `x.x += x.y; x.y = rotated(x.y, ${ROTATIONS[round % 8]}u) ^ x.x;`;
    if (round % 4 !== 3) return mix;
    const injection = Math.floor(round / 4) + 1;
    const word = (index: number) => ['key.x', 'key.y', 'third'][index % 3];
    return `${mix} x += vec2u(${word(injection)}, ${word(injection + 1)} + ${injection}u);`;
  }).join('\n  ');
}

/**
 * `randomBits(key, pair)` returns elements 2·pair and 2·pair + 1 of a key's sequence, by the counter-based generator
 * Threefry of src/base/random.ts; `kept(bits, threshold, scale)` returns their dropout factors, 0 or `scale`.
 */
export const RANDOM = `
fn rotated(word: u32, by: u32) -> u32 {
  return (word << by) | (word >> (32u - by));
}
fn randomBits(key: vec2u, pair: u32) -> vec2u {
  let third = 0x1bd11bdau ^ key.x ^ key.y;
  var x = vec2u(pair + key.x, key.y);
  ${threefryRounds()}
  return x;
}
fn kept(bits: vec2u, threshold: u32, scale: f32) -> vec2f {
  return select(vec2f(0.0), vec2f(scale), bits >= vec2u(threshold));
}`;

/** The numbers of a program that `kept` and `randomBits` take; `randomNumbers` makes them from a kernel's attributes. */
export const RANDOM_NUMBERS = { key0: 'u32', key1: 'u32', threshold: 'u32', scale: 'f32' } as const;

export function randomNumbers({ rate, key }: Record<string, unknown>) {
  const [key0, key1] = key as [number, number];
  const dropped = rate as number;
  const threshold = Math.min(Math.ceil(dropped * 2 ** 32), 2 ** 32 - 1);
  return { key0: key0 >>> 0, key1: key1 >>> 0, threshold, scale: 1 / (1 - dropped) };
}

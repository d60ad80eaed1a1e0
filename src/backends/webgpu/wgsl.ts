// Pieces of WGSL that several programs share.

/**
 * `sumOf(value, thread)` and `maxOf(value, thread)`: over all threads of a workgroup, a multiple of 16 of them, all of
 * which must take part. Two barriers each: they are what reductions wait for.
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

/** Threads for a row of that length: about eight elements each. */
export function threadsFor(length: number): number {
  return Math.min(256, Math.max(32, 2 ** Math.ceil(Math.log2(length / 8))));
}

/** `isFinite(bits)`, of a float32's: compilers may take floats to be finite. */
export const IS_FINITE = `
fn isFinite(bits: u32) -> bool {
  return (bits & 0x7f800000u) != 0x7f800000u;
}`;

/** Made from exp: some GPUs' own tanh is none for large numbers. */
export const SIGMOIDS = `
fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(clamp(-x, -80.0, 80.0)));
}
fn hyperbolic(x: f32) -> f32 {
  return 1.0 - 2.0 / (exp(2.0 * clamp(x, -15.0, 15.0)) + 1.0);
}`;

/** GPT-2's GELU and its slope. */
export const GELU = `${SIGMOIDS}
fn geluTanh(x: f32) -> f32 {
  return hyperbolic(0.7978845608 * (x + 0.044715 * x * x * x));
}
fn gelu(x: f32) -> f32 {
  return 0.5 * x * (1.0 + geluTanh(x));
}
fn geluSlope(x: f32) -> f32 {
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
 * `randomBits(key, pair)`: elements 2·pair and 2·pair + 1 of a key's sequence, as src/base/random.ts has them; and
 * `kept(bits, threshold, scale)`: their factors in dropout.
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

/** What `kept` and `randomBits` take, as numbers of a program, from a kernel's attributes. */
export const RANDOM_NUMBERS = { key0: 'u32', key1: 'u32', threshold: 'u32', scale: 'f32' } as const;

export function randomNumbers({ rate, key }: Record<string, unknown>) {
  const [key0, key1] = key as [number, number];
  const dropped = rate as number;
  const threshold = Math.min(Math.ceil(dropped * 2 ** 32), 2 ** 32 - 1);
  return { key0: key0 >>> 0, key1: key1 >>> 0, threshold, scale: 1 / (1 - dropped) };
}

// WGSL that the programs of attention share. A head's vector is D4 groups of four, the last of them filled with zeros;
// each thread has its own vectors in variables of their own, since an array might not stay in registers.
import { RANDOM, RANDOM_NUMBERS } from '../wgsl.ts';

export interface AttentionVariant {
  D: number;
  dropped: boolean;
  /** T is even: then a row's random words come in whole pairs. */
  even: boolean;
}

/** Queries or keys of a workgroup: one a thread. */
export const THREADS = 64;

export const ATTENTION_NUMBERS = { T: 'u32', heads: 'u32', ...RANDOM_NUMBERS } as const;

export function fours(D: number): number[] {
  return [...Array(Math.ceil(D / 4)).keys()];
}

export function elementsOf(D: number): 'f32' | 'vec4f' {
  return D % 4 === 0 ? 'vec4f' : 'f32';
}

/** Vectors that two tiles of 16 KiB together hold: a power of two. */
export function tileLength(D: number): number {
  return 2 ** Math.min(6, Math.max(0, Math.floor(Math.log2(512 / fours(D).length))));
}

/** `<name>At(at, d)`: the d-th four of the vector that starts at `at` of an array. */
export function vectorReader(array: string, D: number): string {
  const one = (i: number) => `select(0.0, ${array}[at + 4u * d + ${i}u], 4u * d + ${i}u < ${D}u)`;
  const four = D % 4 === 0 ? `${array}[at / 4u + d]` : `vec4f(${[0, 1, 2, 3].map(one).join(', ')})`;
  return `fn ${array}At(at: u32, d: u32) -> vec4f { return ${four}; }`;
}

export function vectorWriter(array: string, D: number): string {
  const narrow = `for (var i = 0u; i < 4u && 4u * d + i < ${D}u; i++) { ${array}[at + 4u * d + i] = four[i]; }`;
  const wide = `${array}[at / 4u + d] = four;`;
  return `fn put(at: u32, d: u32, four: vec4f) { ${D % 4 === 0 ? wide : narrow} }`;
}

/** `factorsAt(row, column)`: dropout's, of elements (row, column) and (row, column + 1) of (B · heads · T, T). */
export function dropoutFactors({ dropped, even }: AttentionVariant): string {
  if (!dropped) return '';
  const pair = 'kept(randomBits(key, PAIR), n.threshold, n.scale)';
  const together = pair.replace('PAIR', 'row * (n.T / 2u) + column / 2u');
  const apart = `
  let first = row * n.T + column;
  let a = ${pair.replace('PAIR', 'first / 2u')};
  if (first % 2u == 0u) { return a; }
  return vec2f(a.y, ${pair.replace('PAIR', 'first / 2u + 1u')}.x);`;
  return `${RANDOM}
fn factorsAt(row: u32, column: u32) -> vec2f {
  let key = vec2u(n.key0, n.key1);
  ${even ? `if (column % 2u == 0u) { return ${together}; }` : ''}
  ${apart}
}`;
}

/** Where a program works: the first of its text's rows, and its head's place in a row of C. */
export function placed(D: number): string {
  return `
  let C = n.heads * ${D}u;
  let start = place.y / n.heads * n.T;
  let head = place.y % n.heads * ${D}u;`;
}

/** A query i for each thread, as q0, q1 … and scaled, in `own`'s row of its text; and the `end` of the keys it may need. */
export function ownQuery(D: number): string {
  const part = (d: number) => `let q${d} = qkvAt(own * 3u * C + head, ${d}u) * ${1 / Math.sqrt(D)};`;
  return `
  let block = places.x - 1u - place.x; // those with the most keys first
  let i = block * ${THREADS}u + thread;
  ${placed(D)}
  let own = start + min(i, n.T - 1u);
  ${fours(D).map(part).join(' ')}
  let end = min(n.T, (block + 1u) * ${THREADS}u);`;
}

/** Room for two tiles of vectors that all threads of a workgroup read. */
export function tiles(D: number): string {
  const tile = `array<vec4f, ${tileLength(D) * fours(D).length}>`;
  return `var<workgroup> first: ${tile};\nvar<workgroup> second: ${tile};`;
}

/** Fills them with what `one` and `other` give for `row` and `d`, from the given position of the text on. */
export function fillTiles(D: number, position: string, one: string, other: string): string {
  const width = fours(D).length;
  return `
    workgroupBarrier();
    for (var at = thread; at < ${tileLength(D) * width}u; at += ${THREADS}u) {
      let row = start + min(${position} + at / ${width}u, n.T - 1u);
      let d = at % ${width}u;
      first[at] = ${one};
      second[at] = ${other};
    }
    workgroupBarrier();`;
}

/** Fills them with the keys and the values from j0 on. */
export function fillWithKeys(D: number): string {
  return fillTiles(D, 'j0', 'qkvAt(row * 3u * C + C + head, d)', 'qkvAt(row * 3u * C + 2u * C + head, d)');
}

/** The sum over d of the products of two vectors, each told by its d-th four. */
export function dotProduct(D: number, a: (d: number) => string, b: (d: number) => string): string {
  return fours(D)
    .map((d) => `dot(${a(d)}, ${b(d)})`)
    .join(' + ');
}

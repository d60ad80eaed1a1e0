// WGSL that the programs of flash attention share. A head's vector of D numbers is read in fours, the last of them padded
// with zeros. A thread's own vectors are numbered variables, q0, q1, …: an array might not be kept in registers.
import { RANDOM, RANDOM_NUMBERS } from '../wgsl.ts';

export interface AttentionVariant {
  D: number;
  dropped: boolean;
  /** T is even, so that every row of dropout's random words begins with a whole pair. */
  even: boolean;
}

/** A workgroup has so many queries, or so many keys: one a thread. */
export const THREADS = 64;

export const ATTENTION_NUMBERS = { T: 'u32', heads: 'u32', kvHeads: 'u32', ...RANDOM_NUMBERS } as const;

export function fours(D: number): number[] {
  return [...Array(Math.ceil(D / 4)).keys()];
}

export function elementsOf(D: number): 'f32' | 'vec4f' {
  return D % 4 === 0 ? 'vec4f' : 'f32';
}

/** How many vectors each of two tiles holds, which take 16 KiB of workgroup memory together: a power of two. */
export function tileLength(D: number): number {
  return 2 ** Math.min(6, Math.max(0, Math.floor(Math.log2(512 / fours(D).length))));
}

/** `<array>At(at, d)` reads the d-th four of the vector that begins at element `at` of the array. */
export function vectorReader(array: string, D: number): string {
  const one = (i: number) => `select(0.0, ${array}[at + 4u * d + ${i}u], 4u * d + ${i}u < ${D}u)`;
  const four = D % 4 === 0 ? `${array}[at / 4u + d]` : `vec4f(${[0, 1, 2, 3].map(one).join(', ')})`;
  return `fn ${array}At(at: u32, d: u32) -> vec4f { return ${four}; }`;
}

/** `put(at, d, four)` writes the d-th four of the vector that begins at element `at` of the array. */
export function vectorWriter(array: string, D: number): string {
  const narrow = `for (var i = 0u; i < 4u && 4u * d + i < ${D}u; i++) { ${array}[at + 4u * d + i] = four[i]; }`;
  const wide = `${array}[at / 4u + d] = four;`;
  return `fn put(at: u32, d: u32, four: vec4f) { ${D % 4 === 0 ? wide : narrow} }`;
}

/** `factorsAt(row, column)` returns dropout's factors of (row, column) and (row, column + 1), of (B · heads · T, T). */
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

/** The lengths of rows: C of a row of y, E of a row of qkv, in which keys follow the queries, and values the keys. */
export function rowLengths(D: number): string {
  return `
  let C = n.heads * ${D}u;
  let E = C + 2u * n.kvHeads * ${D}u;
  let sharing = n.heads / n.kvHeads; // heads of queries that share a head of keys and values`;
}

/**
 * Where a workgroup works: `start` is the first row of its sequence, `head` its head's offset in a row of C, `keyHead` and
 * `valueHead` those of its keys and values in a row of E. Each thread's query: its position `i` in the sequence, its row `own`, and its vector q0, q1, …, scaled by 1 / √D; and
 * `end`, past the last key that any query of the workgroup attends to.
 */
export function ownQuery(D: number): string {
  const part = (d: number) => `let q${d} = qkvAt(own * E + head, ${d}u) * ${1 / Math.sqrt(D)};`;
  return `
  let block = places.x - 1u - place.x; // the queries with the most keys come first
  let i = block * ${THREADS}u + thread;
  ${rowLengths(D)}
  let start = place.y / n.heads * n.T;
  let head = place.y % n.heads * ${D}u;
  let keyHead = C + place.y % n.heads / sharing * ${D}u;
  let valueHead = keyHead + n.kvHeads * ${D}u;
  let own = start + min(i, n.T - 1u);
  ${fours(D).map(part).join(' ')}
  let end = min(n.T, (block + 1u) * ${THREADS}u);`;
}

/** Two tiles of vectors in workgroup memory, `first` and `second`, which all threads read. */
export function tiles(D: number): string {
  const tile = `array<vec4f, ${tileLength(D) * fours(D).length}>`;
  return `var<workgroup> first: ${tile};\nvar<workgroup> second: ${tile};`;
}

/** Fills the tiles from a position of the sequence on, with the expressions `one` and `other` of `row` and `d`. */
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

/** Fills the tiles with keys and with values from position j0 on. */
export function fillWithKeys(D: number): string {
  return fillTiles(D, 'j0', 'qkvAt(row * E + keyHead, d)', 'qkvAt(row * E + valueHead, d)');
}

/** The dot product of two vectors, each given by the expression of its d-th four. */
export function dotProduct(D: number, a: (d: number) => string, b: (d: number) => string): string {
  return fours(D)
    .map((d) => `dot(${a(d)}, ${b(d)})`)
    .join(' + ');
}

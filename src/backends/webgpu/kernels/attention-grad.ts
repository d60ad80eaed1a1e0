// The backward pass of flash attention: the weights P are recomputed from the scores and the log-sum-exps. First the queries'
// gradient, where each thread takes a query through its keys; then that of keys and values, each through its queries.
import type * as tf from '#tfjs';
import { dispose, output } from '../memory.ts';
import { type ProgramSource, programs } from '../program.ts';
import {
  ATTENTION_NUMBERS,
  type AttentionVariant,
  dotProduct,
  dropoutFactors,
  elementsOf,
  fillTiles,
  fillWithKeys,
  fours,
  ownQuery,
  rowLengths,
  THREADS,
  tileLength,
  tiles,
  vectorReader,
  vectorWriter,
} from './attention-code.ts';

/** For wider heads a thread has not enough registers for the gradients of key and value, which then are two passes. */
const MOST_TOGETHER = 32;

/** The d-th four of the vector that begins at `at` of a tile. */
const FIRST = (d: number) => `first[at + ${d}u]`;
const SECOND = (d: number) => `second[at + ${d}u]`;

type Arrays = Record<'dy' | 'qkv' | 'y' | 'logSumExps' | 'dqkv', tf.TensorInfo>;

const ofQueries = programs(queriesSource);
const ofKeys = programs(keysSource);

export function attentionGradient(
  variant: AttentionVariant,
  { dy, qkv, y, logSumExps, dqkv }: Arrays,
  numbers: Record<'T' | 'heads' | 'kvHeads', number>,
  B: number,
): void {
  const blocks = Math.ceil(numbers.T / THREADS);
  const delta = output(logSumExps.shape); // dy · y of each query, the term that the softmax's gradient subtracts
  ofQueries(variant).run({ dy, qkv, y, logSumExps, dqkv, delta }, numbers, [blocks, B * numbers.heads, 1]);
  const together = variant.D <= MOST_TOGETHER;
  const passes = together
    ? [{ keys: true, values: true }]
    : [
        { keys: true, values: false },
        { keys: false, values: true },
      ];
  for (const pass of passes)
    ofKeys({ ...variant, ...pass }).run({ dy, qkv, logSumExps, delta, dqkv }, numbers, [
      blocks,
      B * numbers.kvHeads,
      1,
    ]);
  dispose(delta);
}

function queriesSource(variant: AttentionVariant): ProgramSource {
  const { D, dropped } = variant;
  const parts = fours(D);
  const keys = tileLength(D);
  return {
    name: 'causalAttentionGrad: queries',
    reads: { dy: elementsOf(D), qkv: elementsOf(D), y: elementsOf(D), logSumExps: 'f32' },
    writes: { dqkv: elementsOf(D), delta: 'f32' },
    numbers: ATTENTION_NUMBERS,
    threads: THREADS,
    declarations: `
${tiles(D)}
${dropoutFactors(variant)}
${['dy', 'qkv', 'y'].map((array) => vectorReader(array, D)).join('\n')}
${vectorWriter('dqkv', D)}`,
    body: `
  ${ownQuery(D)}
  ${parts.map((d) => `let dy${d} = dyAt(own * C + head, ${d}u);`).join(' ')}
  ${parts.map((d) => `var sum${d} = vec4f();`).join(' ')}
  let logSumExp = logSumExps[place.y * n.T + min(i, n.T - 1u)];
  let ownDelta = ${dotProduct(
    D,
    (d) => `dy${d}`,
    (d) => `yAt(own * C + head, ${d}u)`,
  )};
  for (var j0 = 0u; j0 < end; j0 += ${keys}u) {
    ${fillWithKeys(D)}
    for (var j = 0u; j < ${keys}u && j0 + j <= i; j++) {
      let at = j * ${parts.length}u;
      let p = exp(${dotProduct(D, (d) => `q${d}`, FIRST)} - logSumExp);
      var dP = ${dotProduct(D, (d) => `dy${d}`, SECOND)};
      ${dropped ? 'dP *= factorsAt(place.y * n.T + i, j0 + j).x;' : ''}
      let dScore = p * (dP - ownDelta);
      ${parts.map((d) => `sum${d} += dScore * first[at + ${d}u];`).join(' ')}
    }
  }
  if (i >= n.T) { return; }
  ${parts.map((d) => `put(own * E + head, ${d}u, sum${d} * ${1 / Math.sqrt(D)});`).join(' ')}
  delta[place.y * n.T + i] = ownDelta;`,
  };
}

function keysSource({
  keys,
  values,
  ...variant
}: AttentionVariant & { keys: boolean; values: boolean }): ProgramSource {
  const { D, dropped } = variant;
  const parts = fours(D);
  const queries = tileLength(D);
  const each = (wanted: boolean, code: (d: number) => string) => (wanted ? parts.map(code).join(' ') : '');
  return {
    name: 'causalAttentionGrad: keys',
    reads: { dy: elementsOf(D), qkv: elementsOf(D), logSumExps: 'f32', delta: 'f32' },
    writes: { dqkv: elementsOf(D) },
    numbers: ATTENTION_NUMBERS,
    threads: THREADS,
    declarations: `
${tiles(D)}
${dropoutFactors(variant)}
${['dy', 'qkv'].map((array) => vectorReader(array, D)).join('\n')}
${vectorWriter('dqkv', D)}`,
    body: `
  let j = place.x * ${THREADS}u + thread;
  ${rowLengths(D)}
  let b = place.y / n.kvHeads;
  let start = b * n.T;
  let keyAt = (start + min(j, n.T - 1u)) * E + C + place.y % n.kvHeads * ${D}u;
  let valueAt = keyAt + n.kvHeads * ${D}u;
  ${each(true, (d) => `let k${d} = qkvAt(keyAt, ${d}u) * ${1 / Math.sqrt(D)};`)}
  ${each(keys, (d) => `let v${d} = qkvAt(valueAt, ${d}u); var dk${d} = vec4f();`)}
  ${each(values, (d) => `var dv${d} = vec4f();`)}
  for (var member = 0u; member < sharing; member++) {
    let h = place.y % n.kvHeads * sharing + member;
    let head = h * ${D}u;
    for (var i0 = place.x * ${THREADS}u; i0 < n.T; i0 += ${queries}u) {
      ${fillTiles(D, 'i0', 'qkvAt(row * E + head, d)', 'dyAt(row * C + head, d)')}
      for (var q = 0u; q < ${queries}u && i0 + q < n.T; q++) {
        let i = i0 + q;
        if (i < j) { continue; }
        let at = q * ${parts.length}u;
        let row = (b * n.heads + h) * n.T + i;
        let p = exp(${dotProduct(D, (d) => `k${d}`, FIRST)} - logSumExps[row]);
        let factor = ${dropped ? 'factorsAt(row, j).x' : '1.0'};
        ${each(values, (d) => `dv${d} += p * factor * second[at + ${d}u];`)}
        ${keys ? `let dP = factor * (${dotProduct(D, (d) => `v${d}`, SECOND)});` : ''}
        ${keys ? 'let dScore = p * (dP - delta[row]);' : ''}
        ${each(keys, (d) => `dk${d} += dScore * first[at + ${d}u];`)}
      }
    }
  }
  if (j >= n.T) { return; }
  ${each(keys, (d) => `put(keyAt, ${d}u, dk${d} * ${1 / Math.sqrt(D)});`)}
  ${each(values, (d) => `put(valueAt, ${d}u, dv${d});`)}`,
  };
}

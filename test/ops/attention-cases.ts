// Cases of attention, and of the packing of heads that it takes, given their sizes.
import * as tf from '#tfjs';
import * as ops from '../../src/ops/index.ts';
import { nearestBf16 } from '../backends/bf16.ts';
import { DROPOUT_KEY, type Sizes } from './case-builders.ts';
import { normal, type OpCase } from './op-case.ts';
import * as reference from './reference.ts';

/** With rotary positions each row begins at one of its own, or all at 0. */
export function packHeads({ B, T, heads, kvHeads, D }: Sizes, rotary: boolean, starts?: number[]): OpCase {
  const positions = rotary ? `rotary from ${starts ?? 'the start'}` : 'as they are';
  const name = `B=${B} T=${T} heads=${heads} kvHeads=${kvHeads} D=${D}, ${positions}`;
  const frequencies = Array.from({ length: D! / 2 }, (_, i) => 50 ** ((-2 * i) / D!));
  const first = { shape: [B!], data: starts ?? new Array<number>(B!).fill(0) };
  const part = (which: string, count: number) => normal(`${name} ${which}`, [B!, T!, count * D!]);
  return {
    op: 'packHeads',
    name,
    inputs: { q: part('q', heads!), k: part('k', kvHeads!), v: part('v', kvHeads!) },
    constants: starts ? { starts: first } : {},
    differentiable: ['q', 'k', 'v'],
    run: ({ q, k, v, starts }) =>
      tf.tidy(() => {
        const rotations = rotary ? ops.rotationsOf(frequencies, Math.max(...first.data) + T!) : undefined;
        const parts = { q, k, v, heads, kvHeads } as ops.PackedHeads;
        return { y: ops.packHeads(parts, { rotations, starts: starts as tf.Tensor1D | undefined }) };
      }),
    reference: ({ q, k, v }) => ({
      y: reference.packHeads([q!, k!, v!], D!, rotary ? frequencies : undefined, first),
    }),
  };
}

/** D is the width of a head; a rate that is not given means no dropout at all. */
export function causalAttention({ B, T, heads, kvHeads = heads!, D, rate, scale = 1 }: Sizes): OpCase {
  const grouped = kvHeads === heads ? '' : ` kvHeads=${kvHeads}`;
  const name = `B=${B} T=${T} heads=${heads}${grouped} D=${D} dropout=${rate ?? 'none'} scale=${scale}`;
  const drop = rate === undefined ? undefined : { rate, key: DROPOUT_KEY };
  const { shape, data } = normal(`${name} qkv`, [B!, T!, (heads! + 2 * kvHeads) * D!], scale);
  return {
    op: 'causalAttention',
    name,
    // Such as bfloat16 holds exactly: an exponential would enlarge what is lost in rounding large scores' factors.
    inputs: { qkv: { shape, data: data.map(nearestBf16) } },
    constants: {},
    differentiable: ['qkv'],
    run: ({ qkv }) => ({ y: ops.causalAttention(qkv as tf.Tensor3D, heads!, drop, kvHeads) }),
    reference: ({ qkv }) => ({ y: reference.causalAttention(qkv!, heads!, drop, kvHeads) }),
  };
}

/** As many of a row's S keys count as `lengths` says. */
export function fullAttention(
  { T, S, heads, D, rate, scale = 1 }: Sizes,
  lengths: readonly number[],
): OpCase {
  const B = lengths.length;
  const name = `T=${T} S=${S} heads=${heads} D=${D} lengths ${lengths} dropout=${rate ?? 'none'} scale=${scale}`;
  const drop = rate === undefined ? undefined : { rate, key: DROPOUT_KEY };
  const part = (which: string, length: number) => {
    const { shape, data } = normal(`${name} ${which}`, [B, length, heads! * D!], scale);
    return { shape, data: data.map(nearestBf16) }; // as for causalAttention
  };
  return {
    op: 'fullAttention',
    name,
    inputs: { q: part('q', T!), k: part('k', S!), v: part('v', S!) },
    constants: { lengths: { shape: [B], data: [...lengths] } },
    differentiable: ['q', 'k', 'v'],
    run: ({ q, k, v, lengths }) => {
      const inputs = { q, k, v } as ops.AttentionInputs;
      return { y: ops.fullAttention(inputs, lengths as tf.Tensor1D, heads!, drop) };
    },
    reference: ({ q, k, v, lengths }) => ({
      y: reference.fullAttention([q!, k!, v!], lengths!, heads!, drop),
    }),
  };
}

/** A call of cachedAttention: so many new positions of these rows, or of all. */
type CachedCall = number | { count: number; rows: number[] };

/** Texts fed in such calls, all to one length in the end, get what attention over all of each gives. */
export function cachedAttention({ B, heads, kvHeads = heads!, D }: Sizes, calls: CachedCall[]): OpCase {
  const all = Array.from({ length: B! }, (_, b) => b);
  const fed = calls.map((call) => (typeof call === 'number' ? { count: call, rows: all } : call));
  const T = fed.reduce((sum, { count, rows }) => sum + (rows.includes(0) ? count : 0), 0);
  const grouped = kvHeads === heads ? '' : ` kvHeads=${kvHeads}`;
  const name = `B=${B} heads=${heads}${grouped} D=${D} calls ${JSON.stringify(calls)}`;
  return {
    op: 'cachedAttention',
    name,
    inputs: { qkv: normal(`${name} qkv`, [B!, T, (heads! + 2 * kvHeads) * D!]) },
    constants: {},
    differentiable: [],
    run: ({ qkv }) =>
      tf.tidy(() => {
        const cache = new ops.AttentionCache();
        const texts = tf.unstack(qkv!) as tf.Tensor2D[];
        const lengths = all.map(() => 0);
        const outputs = all.map((): tf.Tensor[] => []);
        for (const { count, rows } of fed) {
          const parts = rows.map((row) => texts[row]!.slice([lengths[row]!], [count]));
          // A row's place is not its number.
          const places = rows.map((row) => B! - 1 - row);
          const at = ops.cachedRows(
            places,
            rows.map((row) => lengths[row]!),
          );
          const qkv = tf.stack(parts) as tf.Tensor3D;
          const y = ops.cachedAttention(qkv, heads!, { cache, rows: at }, kvHeads);
          for (const [i, part] of tf.unstack(y).entries()) outputs[rows[i]!]!.push(part);
          for (const row of rows) lengths[row]! += count;
        }
        cache.dispose();
        return { y: tf.stack(outputs.map((parts) => tf.concat(parts))) };
      }),
    reference: ({ qkv }) => ({ y: reference.causalAttention(qkv!, heads!, undefined, kvHeads) }),
  };
}

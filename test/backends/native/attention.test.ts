// native's attention beyond the table of op cases: how heads are cut into tasks, the number of threads, and what it
// refuses.

import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { startBackend } from '../../../src/backends/index.ts';
import { loadAddon, loadedAddon } from '../../../src/backends/native/addon.ts';
import { nativeEngine } from '../../../src/backends/native/index.ts';
import {
  AttentionCache,
  type AttentionInputs,
  cachedAttention,
  cachedRows,
  causalAttention,
  fullAttention,
} from '../../../src/ops/index.ts';
import { normal } from '../../ops/op-case.ts';

const state = loadAddon();
const missing = 'reason' in state ? state.reason : undefined;

const [T, HEADS, D] = [197, 17, 2] as const; // more than a task's queries, and so many heads that each is one task
const qkv = () => tf.tensor3d(normal('qkv', [1, T, 3 * HEADS * D]).data, [1, T, 3 * HEADS * D]);

/** The gradient of x, where that of y is t + 1 at position t. */
function gradient(x: tf.Tensor3D, heads: number, rate = 0, kvHeads = heads): Float32Array {
  const drop = { rate, key: [1, -2] as const };
  return tf.tidy(() => {
    const weights = tf.range(1, T + 1).reshape([1, T, 1]);
    const weighted = (x: tf.Tensor) => causalAttention(x as tf.Tensor3D, heads, drop, kvHeads).mul(weights);
    return tf.grad(weighted)(x).dataSync<'float32'>();
  });
}

/** (1, T, 3C) → the part (1, T, 3D) of one head */
function partOf(all: tf.Tensor, head: number): tf.Tensor3D {
  return all
    .reshape([T, 3, HEADS, D])
    .slice([0, 0, head, 0], [T, 3, 1, D])
    .reshape([1, T, 3 * D]);
}

describe.skipIf(missing)(missing ?? 'native’s attention', () => {
  beforeAll(() => startBackend('native', { precision: 'fp32' }));
  afterEach(() => loadedAddon().addon.setThreads(loadedAddon().addon.cores()));

  it('gives a head among many, which is one task, what it gives it alone, in several', () => {
    const all = tf.tensor(gradient(qkv(), HEADS));
    for (const head of [0, HEADS - 1]) {
      const alone = gradient(partOf(qkv(), head), 1);
      expect(partOf(all, head).dataSync()).toAgree(alone, 'op');
    }
  });

  it.each([1, HEADS])('does not depend on the number of threads, with %i heads', (heads) => {
    const [one, three] = [1, 3].map((threads) => {
      loadedAddon().addon.setThreads(threads);
      const x = heads === 1 ? partOf(qkv(), 0) : qkv();
      return [causalAttention(x, heads).dataSync(), gradient(x, heads, 0.3)];
    });
    expect(three).toEqual(one);
  });

  it.each([1, HEADS])('that %i heads of keys share does not depend on the number of threads', (kvHeads) => {
    const size = (2 + 2) * kvHeads * D; // two heads of queries share each
    const x = tf.tensor3d(normal('grouped', [1, T, size]).data, [1, T, size]);
    const [one, three] = [1, 3].map((threads) => {
      loadedAddon().addon.setThreads(threads);
      const y = causalAttention(x, 2 * kvHeads, undefined, kvHeads).dataSync();
      return [y, gradient(x, 2 * kvHeads, 0.3, kvHeads)];
    });
    expect(three).toEqual(one);
  });

  it.each([1, HEADS])('that is full does not depend on the number of threads, with %i heads', (heads) => {
    const attend = (x: tf.Tensor) => {
      const [q, k, v] = tf.split(x, 3, 2);
      const lengths = tf.tensor1d([T - 1], 'int32');
      return fullAttention({ q, k, v } as AttentionInputs, lengths, heads, { rate: 0.3, key: [1, -2] });
    };
    const [one, three] = [1, 3].map((threads) => {
      loadedAddon().addon.setThreads(threads);
      const x = heads === 1 ? partOf(qkv(), 0) : qkv();
      return tf.tidy(() => [
        attend(x).dataSync(),
        tf
          .grad((x) => attend(x).square())(x)
          .dataSync(),
      ]);
    });
    expect(three).toEqual(one);
  });

  it('that is full refuses lengths that no row can have, and values of another size', () => {
    const attend = (length: number, size: number) => () => {
      const array = (size: number) => new Float32Array(size);
      const inputs = [array(6), array(12), array(size), Int32Array.of(length)] as const;
      nativeEngine().ops.fullAttention(1, 2, 4, 1, 3, 0, 0, 0, ...inputs, array(6), array(2));
    };
    expect(attend(4, 12)).not.toThrow();
    expect(attend(0, 12)).toThrow('fullAttention: expected a length from 1 to 4, but got 0');
    expect(attend(5, 12)).toThrow('fullAttention: expected a length from 1 to 4, but got 5');
    expect(attend(4, 11)).toThrow('fullAttention: expected v to have 12 elements, but got 11');
  });

  it('keeps nothing but its cache, which grows seldom', () => {
    const cache = new AttentionCache();
    const part = qkv().slice([0, 0, 0], [1, 1, -1]) as tf.Tensor3D;
    const feed = (t: number) => {
      const rows = cachedRows([0], [t]);
      tf.dispose([cachedAttention(part, HEADS, { cache, rows }), rows.table]);
    };
    feed(0);
    const before = tf.memory();
    for (let t = 1; t < 64; t++) feed(t);
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
    cache.dispose();
    expect(tf.memory().numTensors).toBe(before.numTensors - 2);
  });

  it('refuses what does not fit', () => {
    const array = (size: number) => new Float32Array(size);
    const forward = (rate: number, size: number) => () =>
      nativeEngine().ops.causalAttention(1, 2, 1, 1, 3, rate, 0, 0, array(size), array(6), array(2));
    expect(forward(0, 17)).toThrow('causalAttention: expected qkv to have 18 elements, but got 17');
    const uneven = () =>
      nativeEngine().ops.causalAttention(1, 2, 3, 2, 1, 0, 0, 0, array(14), array(6), array(6));
    expect(uneven).toThrow('causalAttention: expected heads to be a multiple of kvHeads, but got 3 and 2');
    expect(forward(1, 18)).toThrow('causalAttention: expected rate to be at least 0 and below 1, but got 1');
    const cached =
      (...rows: number[]) =>
      () =>
        nativeEngine().ops.cachedAttention(
          rows.length / 2,
          2,
          1,
          1,
          3,
          2,
          4,
          Int32Array.from(rows),
          array(9 * rows.length),
          array(24),
          array(24),
          array(3 * rows.length),
        );
    expect(cached(0, 0, 1, 2)).not.toThrow();
    expect(cached(1, 3)).toThrow('cachedAttention: expected room for 5 positions, but got 4');
    expect(cached(2, 0)).toThrow('cachedAttention: expected a place below 2, but got 2');
    expect(cached(1, 0, 1, 2)).toThrow('cachedAttention: expected a place for each row, but got 1 twice');
  });
});

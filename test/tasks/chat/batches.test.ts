import { expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { LanguageModel } from '../../../src/architectures/language-model.ts';
import { startBackend } from '../../../src/backends/index.ts';
import { keyFor, Stream } from '../../../src/base/random.ts';
import { conversationsOf } from '../../../src/data/conversations.ts';
import { batchAt } from '../../../src/tasks/chat/batches.ts';
import { evaluateChat } from '../../../src/tasks/chat/evaluate.ts';
import { learning } from '../../../src/tasks/chat/learning.ts';
import { paddedRows } from '../../../src/tasks/chat/rows.ts';
import { GOLDEN } from '../../chat/golden.ts';
import { FASTEST } from '../../on-backends.ts';

/** The first token of each tells which it is; some others are learned, and the last. */
function split(lengths: readonly number[]) {
  return conversationsOf(
    lengths.map((length, i) => ({
      ids: Int32Array.from({ length }, (_, t) => (t === 0 ? i : t)),
      learned: Uint8Array.from({ length }, (_, t) => (t % 3 === 1 || t === length - 1 ? 1 : 0)),
    })),
  );
}

/** As conversations are: most have some hundred tokens, some have thousands. */
const random = new Stream(keyFor(1, 'lengths'));
const LENGTHS = Array.from({ length: 2000 }, () => 8 + Math.round(250 * Math.exp(0.8 * random.normal())));
const PLACE = { batchSize: 16, context: 1024, seed: 3, micro: 0 };

/** The batches of one epoch, which are known by the conversations in them. */
function epochOf(data: ReturnType<typeof split>, first = 0, place = PLACE) {
  const batches = [];
  const seen = new Set<number>();
  for (let step = first; seen.size < data.length; step++) {
    const batch = batchAt(data, { ...place, step });
    for (const { ids } of batch.examples) {
      expect(seen.has(ids[0]!)).toBe(false);
      seen.add(ids[0]!);
    }
    batches.push(batch);
  }
  return batches;
}

it('each conversation comes once in an epoch, in an order that is drawn anew', () => {
  const data = split(LENGTHS);
  const first = epochOf(data);
  const second = epochOf(data, first.length);
  expect(second).toHaveLength(first.length);
  const firsts = (batches: typeof first) => batches.map(({ examples }) => examples.map(({ ids }) => ids[0]));
  expect(firsts(second)).not.toEqual(firsts(first));
});

it('the same place gives the same batch, however one came there', () => {
  const [a, b] = [split(LENGTHS), split(LENGTHS)];
  const place = { ...PLACE, step: 1234, micro: 1, micros: 3 };
  batchAt(a, { ...place, step: 2 });
  expect(batchAt(a, place)).toEqual(batchAt(b, place));
  expect(batchAt(a, { ...place, step: 3 * 1234 + 1, micro: 0, micros: 1 })).toEqual(batchAt(b, place));
  for (const change of [{ seed: 4 }, { step: 1235 }, { micro: 0 }])
    expect(batchAt(a, { ...place, ...change })).not.toEqual(batchAt(b, place));
});

it('no batch has more than batch size × context tokens; nine tenths of what is computed are tokens', () => {
  const rows = epochOf(split(LENGTHS)).map(({ examples, size }) => {
    const longest = Math.max(...examples.map(({ ids }) => ids.length - 1));
    return { computed: examples.length * longest, size };
  });
  const room = PLACE.batchSize * PLACE.context;
  expect(Math.max(...rows.map(({ computed }) => computed))).toBeLessThanOrEqual(room);
  const sum = (of: 'computed' | 'size') => rows.reduce((total, row) => total + row[of], 0);
  expect(sum('size') / sum('computed')).toBeGreaterThan(0.9);
  expect(sum('size') / (room * rows.length)).toBeGreaterThan(0.9);
});

it('of a conversation that is longer than the context the beginning is read; without an answer in it none', () => {
  const long = { ids: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7), learned: Uint8Array.of(0, 1, 1, 0, 0, 0, 0, 1) };
  const late = { ids: Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8), learned: Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 1) };
  const data = conversationsOf([long, late]);
  const { examples, size, counted } = batchAt(data, { ...PLACE, context: 4, step: 0 });
  expect(examples.map(({ ids }) => [...ids])).toEqual([[0, 1, 2, 3, 4]]);
  expect([size, counted]).toEqual([4, 2]);
  expect(learning.note!(data, 4)).toBe(
    '2 of 2 conversations are longer than 4 tokens: the beginning of each is learned, and 1 with no answer in it are left out',
  );
  expect(learning.note!(data, 7)).toBeUndefined();
  expect(() => batchAt(conversationsOf([late]), { ...PLACE, context: 4, step: 0 })).toThrow(
    'expected an answer that begins within the context, 4 tokens',
  );
});

it('the loss is PyTorch’s cross-entropy of the learned tokens, in a batch and measured', async () => {
  await startBackend(FASTEST.backend, { precision: 'fp32' });
  const { table, rows, loss } = GOLDEN.loss;
  const examples = rows.map(({ ids, learned }) => ({
    ids: Int32Array.from(ids),
    learned: Uint8Array.from(learned),
  }));
  const config = { arch: 'table', vocabSize: table.length, context: 16 };
  /** Each token says what follows it; the mean is over targets that are not negative. */
  const model = {
    config,
    loss(tokens: tf.Tensor2D, targets: tf.Tensor2D) {
      const logProbabilities = tf.logSoftmax(tf.gather(tf.tensor2d(table), tokens)); // (B, T, V)
      const nats = logProbabilities.mul(tf.oneHot(targets, table.length)).sum().neg();
      return nats.div(targets.greaterEqual(0).sum());
    },
  } as unknown as LanguageModel;
  const batch = batchAt(conversationsOf(examples), { ...PLACE, context: 16, step: 0 });
  expect([(await learning.loss(model, batch, {}).data())[0]!]).toAgree([loss], 'model');
  const measured = await evaluateChat(model, conversationsOf(examples), {});
  expect([measured.loss]).toAgree([loss], 'model');
  expect(measured).toMatchObject({ tokens: batch.counted, conversations: 2, longer: 0, leftOut: 0 });
});

it('padding and marks become what a model takes: a target of −1 does not count', () => {
  const { inputs, targets } = paddedRows([
    { ids: Int32Array.of(5, 6, 7), learned: Uint8Array.of(1, 0, 1) },
    { ids: Int32Array.of(8, 9), learned: Uint8Array.of(0, 1) },
  ]);
  expect([inputs.arraySync(), targets.arraySync()]).toEqual([
    [
      [5, 6],
      [8, 0],
    ],
    [
      [-1, 7],
      [9, -1],
    ],
  ]);
});

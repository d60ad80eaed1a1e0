// The table of rotary positions grows with the texts, up to the context, and holds no more than one tensor.
import { beforeAll, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { RotaryTable } from '../../src/architectures/transformer/rotary-table.ts';
import { startBackend } from '../../src/backends/index.ts';
import { createModel } from '../made-models.ts';
import { LLAMA } from '../models/example.ts';

beforeAll(() => startBackend('plain'));

it('grows as texts do, and ends at the context', () => {
  const before = tf.memory().numTensors;
  const table = new RotaryTable([1, 0.1], 10_000);
  expect(table.upTo(1).shape).toEqual([4096, 4]);
  expect(tf.tidy(() => table.upTo(4097)).shape).toEqual([8192, 4]);
  expect(table.upTo(8193).shape).toEqual([10_000, 4]);
  const [cosine, , , sine] = table.upTo(10_000).slice([9999], [1]).dataSync();
  expect(cosine).toBeCloseTo(Math.cos(9999), 6);
  expect(sine).toBeCloseTo(Math.sin(999.9), 6);
  expect(tf.memory().numTensors).toBe(before + 2); // the table, and the slice
  table.dispose();
});

it('of a model with room for very many positions is small', () => {
  const model = createModel({ ...LLAMA, context: 1e9 });
  const tokens = tf.tensor2d([1, 2, 3], [1, 3], 'int32');
  expect(model.logits(tokens).shape).toEqual([1, 3, LLAMA.vocabSize]);
  model.dispose();
});

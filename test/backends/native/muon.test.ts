// Muon on native, where its products are shared out: the same to the bit for any number of threads.
import { describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { startBackend } from '../../../src/backends/index.ts';
import { muon } from '../../../src/ops/index.ts';
import { ENGINES, missing } from '../../on-backends.ts';
import { normal } from '../../ops/op-case.ts';

const PRECISIONS = ENGINES.filter(({ backend }) => backend === 'native').map(({ precision }) => precision);
const SHAPES: [number, number][] = [
  [130, 257],
  [259, 129],
  [65, 65],
];

async function stepped(precision: (typeof PRECISIONS)[number], threads: number): Promise<Buffer> {
  await startBackend('native', { precision, threads });
  const items = SHAPES.map((shape) => {
    const random = (what: string) => tf.tensor(normal(what, shape).data, shape);
    return {
      parameter: tf.variable(random('parameter')),
      gradient: random('gradient'),
      momentum: tf.variable(random('momentum')),
      weightDecay: 0.1,
    };
  });
  const settings = { learningRate: 0.1, step: 1, clip: 0, momentum: 0.95, adjustRate: 'original' } as const;
  muon(items, settings, { loss: tf.scalar(1), norm: tf.scalar(1) });
  const results = items.flatMap(({ parameter, momentum }) => [parameter.dataSync(), momentum.dataSync()]);
  return Buffer.concat(results.map((values) => new Uint8Array(Float32Array.from(values).buffer)));
}

describe.skipIf(missing)(missing ?? 'native', () => {
  it.each(PRECISIONS)('in %s is the same to the bit on 1, 2 and 3 threads', async (precision) => {
    const one = await stepped(precision, 1);
    for (const threads of [2, 3]) expect(one.equals(await stepped(precision, threads))).toBe(true);
  });
});

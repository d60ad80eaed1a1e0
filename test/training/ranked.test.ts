// Training by several ranks ends with the bits of one process that computes the same micro-batches. The ranks are stand-ins here.
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { memoryOf, startBackend } from '../../src/backends/index.ts';
import { native } from '../../src/backends/native/index.ts';
import type { Collective } from '../../src/collectives/collective.ts';
import { OPTIMIZERS, optimizerNamed } from '../../src/optimizers/list.ts';
import { resolveSettings } from '../../src/settings/settings.ts';
import { batchAt } from '../../src/tasks/next-token/batches.ts';
import { learning } from '../../src/tasks/next-token/learning.ts';
import type { BatchPlace } from '../../src/tasks/task.ts';
import { createOptimizer, rolesOf } from '../../src/training/create-optimizer.ts';
import { trainingLoop } from '../../src/training/loop.ts';
import { Ranked } from '../../src/training/ranked.ts';
import { shareOut } from '../../src/training/shares.ts';
import { standIns } from '../collectives/stand-in.ts';
import { configOf, createModel } from '../made-models.ts';
import { TEXT, training } from './stand-ins.ts';

const MICROS = 5;
/** Matrices of more than one grain, whose parts several ranks have. */
const CONFIG = configOf('gpt', { vocabSize: 11, context: 4, layers: 1, width: 136, heads: 2, dropout: 0.2 });

interface Trained {
  reports: object[];
  weights: Map<string, string>;
  state: Map<string, string>;
}

/** Micro-batches of one to three rows, so that they weigh differently. */
const uneven = {
  ...learning,
  batchAt: (split: typeof TEXT, place: BatchPlace) =>
    batchAt(split, { ...place, batchSize: 1 + (place.micro % 3) }),
};

async function train(optimizerName: string, ranks?: Collective, asBf16 = false): Promise<Trained> {
  const model = createModel(CONFIG, 5);
  const settings = resolveSettings({ arch: 'gpt', flags: { optimizer: optimizerName, learningRate: 1e-2 } });
  const create = (parameters: ReadonlyMap<string, tf.Variable>) =>
    createOptimizer(parameters, CONFIG, settings);
  const roleOf = rolesOf(CONFIG);
  const { needsWhole = () => false } = optimizerNamed(optimizerName);
  const options = {
    needsWhole: (name: string) => needsWhole(roleOf(name)),
    asBf16,
    memoryOf,
    isAsked: () => false,
    stop: () => {},
  };
  const ranked = ranks && (await Ranked.of(ranks, model.parameters, options, create));
  ranked?.takeParts();
  const optimizer = ranked ?? (await create(model.parameters));
  const reports: object[] = [];
  const loop = trainingLoop({
    ...{ model, optimizer, task: uneven, split: TEXT },
    training: training({ maxSteps: 2, batchSize: 2, totalBatchTokens: MICROS * 8 }),
    progress: { step: 0, tokens: 0, seconds: 0, badSteps: 0 },
  });
  for await (const { ms: _, dataMs: __, ...report } of loop) reports.push(report);
  const state = ranked
    ? new Map(Array.from(await ranked.wholeState(), ([name, { data }]) => [name, hexOf(data)]))
    : bitsOf(optimizer.state);
  const weights = bitsOf(model.parameters);
  optimizer.dispose();
  model.dispose();
  return { reports, weights, state };
}

function bitsOf(tensors: ReadonlyMap<string, tf.Tensor>): Map<string, string> {
  return new Map(Array.from(tensors, ([name, tensor]) => [name, hexOf(tensor.dataSync<'float32'>())]));
}

function hexOf({ buffer, byteOffset, byteLength }: Float32Array): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('base64');
}

const probe = await native.probe();
if (!probe.usable) it.skip(`native is not here: ${probe.reason}`, () => {});

describe.each(probe.usable ? ['plain', 'native'] : ['plain'])('on %s', (backend) => {
  beforeAll(() => startBackend(backend, { precision: 'fp32', threads: 1 }));

  it.each(backend === 'plain' ? ['adamw'] : OPTIMIZERS.map(({ name }) => name))(
    'by %s, two, three or five ranks end with the weights, the state and the losses of one process',
    async (optimizer) => {
      const alone = await train(optimizer);
      const tensors = tf.memory().numTensors;
      for (const size of backend === 'plain' ? [2] : [2, 3, 5]) {
        const [first, ...others] = await Promise.all(standIns(size).map((ranks) => train(optimizer, ranks)));
        expect(first).toEqual(alone);
        for (const { reports, weights } of others) {
          expect(weights).toEqual(alone.weights);
          expect(reports).toEqual(alone.reports);
        }
      }
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  it.runIf(backend === 'native')(
    'gradients that are rounded on their way end with bits of their own, whatever the number of ranks',
    async () => {
      const [one] = await Promise.all(standIns(1).map((ranks) => train('adamw', ranks, true)));
      const [three] = await Promise.all(standIns(3).map((ranks) => train('adamw', ranks, true)));
      expect(three).toEqual(one);
      expect(one!.weights).not.toEqual((await train('adamw')).weights);
    },
  );
});

it('parts are whole grains, and no rank holds much more than another', () => {
  const sizes = [50_000, 136, 136 * 544, 16_384, 16_385, 7, 300_000, 136];
  const parameters = new Map(sizes.map((size, i) => [String(i), { size, grain: i === 2 ? size : 16_384 }]));
  for (const ranks of [1, 2, 3, 8]) {
    const shares = [...shareOut(parameters, ranks).values()];
    const held = Array.from({ length: ranks }, (_, rank) =>
      shares.reduce((sum, bounds) => sum + bounds[rank + 1]! - bounds[rank]!, 0),
    );
    expect(shares.map((bounds) => bounds.at(-1))).toEqual(sizes);
    for (const [i, bounds] of shares.entries())
      for (const bound of bounds)
        expect(bound === sizes[i] || bound % (i === 2 ? sizes[2]! : 16_384) === 0).toBe(true);
    expect(Math.max(...held)).toBeLessThan(sizes.reduce((a, b) => a + b, 0) / ranks + 80_000);
  }
});

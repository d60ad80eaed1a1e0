// Activation recomputation: the same loss and gradients to the bit, of each block nothing kept but its input.
import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import { isLanguageModel, type LossOptions, type Model } from '../../src/architectures/language-model.ts';
import type { MaskedModel } from '../../src/architectures/masked-model.ts';
import { startBackend } from '../../src/backends/index.ts';
import { keyFor } from '../../src/base/random.ts';
import { recomputed } from '../../src/ops/index.ts';
import { forecast } from '../../src/training/forecast.ts';
import { lossAndGradients } from '../../src/training/gradients.ts';
import { addLora } from '../../src/training/lora.ts';
import { configOf, createAnyModel, createModel } from '../made-models.ts';
import { ABLATED, enlivened, GPT, ids, LLAMA, randomTexts } from '../models/example.ts';
import { describeOnBackends, missingGpu } from '../on-backends.ts';
import { leavingNothing } from '../ops/measure.ts';
import { keptFor } from './kept.ts';

const BERT = { ...configOf('bert', { vocabSize: 13, context: 16, layers: 2, width: 8, heads: 2 }), mask: 4 };
const [B, T] = [2, 9];

type Loss = (options: LossOptions) => tf.Scalar;
type Trained = ReadonlyMap<string, tf.Variable>;

interface Case {
  name: string;
  config: Model['config'];
  /** Targets of a LoRA adapter, which is trained alone. */
  lora?: string[];
}

const CASES: Case[] = [
  { name: 'a gpt with dropout', config: { ...GPT, dropout: 0.2 } },
  { name: 'a llama', config: { ...LLAMA, qkNorm: true } },
  { name: 'a llama, every switch the other way, with dropout', config: { ...ABLATED, dropout: 0.1 } },
  { name: 'a llama’s LoRA adapter', config: LLAMA, lora: ['q_proj', 'layers.1.mlp.up_proj'] },
  { name: 'a gpt’s LoRA adapter above the first block', config: GPT, lora: ['h.1.mlp'] },
  { name: 'a bert with dropout', config: { ...BERT, dropout: 0.2 } },
];

function testsOf(cases: readonly Case[]): void {
  it.each(cases)('$name has the same loss and gradients, to the bit', async ({ config, lora }) => {
    await withModel(config, lora, async (loss, trained) => {
      const dropoutKey = keyFor(1, 'dropout', 0);
      const read = async (options: LossOptions) => {
        const { loss: value, gradients } = lossAndGradients(() => loss({ dropoutKey, ...options }), trained);
        const all = new Map([['loss', value], ...gradients]);
        const values = new Map<string, Float32Array>();
        for (const [name, tensor] of all) values.set(name, await tensor.data<'float32'>());
        tf.dispose([...all.values()]);
        return values;
      };
      expect(await leavingNothing(() => read({ recompute: true }))).toEqual(await read({}));
    });
  });

  it.each(cases)('$name keeps of a block its input', async ({ config, lora }) => {
    const kept: number[] = [];
    for (const layers of [2, 5])
      await withModel({ ...config, layers, dropout: 0 }, lora, async (loss, trained) => {
        kept.push(keptFor(() => loss({ recompute: true }), trained));
      });
    // tfjs counts each view of the table of rotations, and of the lengths, as if it were another.
    const lengths = config.arch === 'bert' ? B : 0;
    const views = config.positions === 'rope' ? Number(config.context) * Number(config.headSize) : lengths;
    expect(kept[1]! - kept[0]!).toBe(3 * 4 * (B * T * Number(config.width) + views));
  });
}

describeOnBackends(() => testsOf(CASES));

describe.skipIf(missingGpu)(missingGpu ?? 'webgpu', () => {
  beforeAll(() => startBackend('webgpu'));
  testsOf(CASES.slice(0, 1));
});

describe('recomputed', () => {
  beforeAll(() => startBackend('plain'));

  it('is just run where nothing is recorded, and where tfjs takes the gradient', async () => {
    await leavingNothing(async () => {
      const x = tf.tensor1d([1, 2]);
      const square = (x: tf.Tensor) => recomputed({ x }, ({ x }) => x.square());
      const [y, gradient] = [square(x), tf.grad((x) => square(x).sum())(x)];
      expect([...(await y.data()), ...(await gradient.data())]).toEqual([1, 4, 2, 4]);
      tf.dispose([x, y, gradient]);
    });
  });

  it('an error in its second run leaves nothing behind', async () => {
    const a = tf.variable(tf.tensor1d([1, 2]));
    await leavingNothing(async () => {
      let runs = 0;
      const compute = ({ x }: { x: tf.Tensor }) => {
        if (runs++ > 0) throw new Error('on purpose');
        return x.square();
      };
      const loss = () => recomputed({ x: a.exp() }, compute).sum() as tf.Scalar;
      expect(() => lossAndGradients(loss, new Map([['a', a]]))).toThrow('on purpose');
    });
    a.dispose();
  });

  it('is in the forecast: a block’s activations at a time', () => {
    const model = createModel({ ...GPT, layers: 12, width: 96, heads: 4 });
    const trained = { parameters: model.parameters, statePerParameter: () => 2 };
    const [usual, again] = [false, true].map((recompute) =>
      forecast(model, trained, { batchSize: 64, recompute }),
    );
    expect(again!.batch).toBeLessThan(usual!.batch / 3);
    expect({ ...again!, batch: 0, total: 0 }).toEqual({ ...usual!, batch: 0, total: 0 });
    model.dispose();
  });
});

async function withModel(
  config: Case['config'],
  lora: string[] | undefined,
  use: (loss: Loss, trained: Trained) => Promise<void>,
): Promise<void> {
  const [tokens, targets] = [3, 4].map((seed) => ids(randomTexts(seed, B, T, config.vocabSize)));
  const places = tf.tensor1d([1, 5, 9, 17], 'int32');
  const asked = tf.tensor1d([3, 0, 7, 2], 'int32');
  const lengths = tf.tensor1d([T, T - 2], 'int32');
  const model = enlivened(createAnyModel(config, 7));
  const adapter = lora && addLora(model, { rank: 2, alpha: 4, targets: lora }, 1);
  for (const [name, variable] of adapter ?? [])
    if (name.includes('lora_B')) tf.tidy(() => variable.assign(tf.ones(variable.shape)));
  await use(
    isLanguageModel(model)
      ? (options) => model.loss(tokens!, targets!, options)
      : (options) => (model as MaskedModel).loss({ ids: tokens!, places, lengths }, asked, options),
    adapter ?? model.parameters,
  );
  tf.dispose([tokens!, targets!, places, asked, lengths, ...(adapter?.values() ?? [])]);
  model.dispose();
}

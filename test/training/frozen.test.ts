// Frozen weights cost nothing in the backward pass: none of their gradients is computed, nothing goes on below the lowest
// parameter that is trained, and nothing is kept for either.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import * as tf from '#tfjs';
import type { Model } from '../../src/architectures/language-model.ts';
import { startBackend } from '../../src/backends/index.ts';
import { hasKernel } from '../../src/ops/kernel.ts';
import { lossAndGradients } from '../../src/training/gradients.ts';
import { addLora } from '../../src/training/lora.ts';
import { GPT, ids, LLAMA, livelyModel, randomTexts } from '../models/example.ts';
import { describeOnBackends, missingGpu } from '../on-backends.ts';
import { keptFor } from './kept.ts';

const CONFIGS = [
  ['gpt', { ...GPT, layers: 3, vocabSize: 61 }, ['c_attn', 'c_fc', 'mlp.c_proj']],
  ['llama', { ...LLAMA, layers: 3, vocabSize: 61, qkNorm: true }, ['q_proj', 'gate_proj', 'down_proj']],
] as const;

type Configs = readonly (typeof CONFIGS)[number][];

function testsOf(configs: Configs): void {
  it.each(configs)('a %s’s own weights under a LoRA adapter', (_, config, targets) => {
    const model = livelyModel(config);
    const adapter = addLora(model, { rank: 3, alpha: 6, targets }, 1);
    const { ran, shapes } = backward(model, adapter);
    const frozen = [...model.parameters.values()]
      .filter(({ size }) => size > 50)
      .map(({ shape }) => shape.join());
    expect(frozen.length).toBeGreaterThan(10);
    for (const shape of frozen) expect(shapes).not.toContain(shape);
    expect(ran.filter((name) => name === 'EmbeddingGrad')).toEqual([]);
    tf.dispose([...adapter.values()]);
    model.dispose();
  });

  it.each(configs)('what lies below the lowest trained part of a %s', (_, config) => {
    const kept = [2, 5].map((layers) => {
      const model = livelyModel({ ...config, layers });
      const top = new Map([...model.parameters].filter(([name]) => name.includes(`.${layers - 1}.`)));
      const bytes = keptBytes(model, top);
      const { ran } = backward(model, top);
      if (hasKernel('CausalAttentionGrad'))
        expect(ran.filter((name) => name === 'CausalAttentionGrad')).toHaveLength(1);
      model.dispose();
      return bytes;
    });
    expect(kept[1]).toBe(kept[0]);
  });

  it.each(configs)('what a %s would keep for its own weights', (_, config, targets) => {
    const model = livelyModel(config);
    const whole = keptBytes(model, model.parameters);
    const adapter = addLora(model, { rank: 1, alpha: 2, targets }, 1);
    const kept = keptBytes(model, adapter);
    // Where there is no kernel for it, tfjs's product holds both of its operands.
    if (hasKernel('Linear')) expect(kept).toBeLessThan(whole);
    tf.dispose([...adapter.values()]);
    model.dispose();
  });
}

describeOnBackends(() => testsOf(CONFIGS));

describe.skipIf(missingGpu)(missingGpu ?? 'webgpu', () => {
  beforeAll(() => startBackend('webgpu'));
  testsOf(CONFIGS.slice(0, 1));
});

function withTexts<T>(model: Model, use: (loss: () => tf.Scalar) => T): T {
  const [tokens, targets] = [3, 4].map((seed) => ids(randomTexts(seed, 2, 9, model.config.vocabSize)));
  const result = use(() => (model as ReturnType<typeof livelyModel>).loss(tokens!, targets!));
  tf.dispose([tokens!, targets!]);
  return result;
}

/** The kernels that run beside those of the forward pass alone, and the shapes of what they return. */
function backward(model: Model, trained: ReadonlyMap<string, tf.Variable>) {
  return withTexts(model, (loss) => {
    let forward = 0;
    const run = vi.spyOn(tf.engine(), 'runKernel');
    const { loss: value, gradients } = lossAndGradients(() => {
      const result = loss();
      forward = run.mock.calls.length;
      return result;
    }, trained);
    const ran = run.mock.calls.slice(forward).map(([name]) => name);
    const results = run.mock.results
      .slice(forward)
      .flatMap(({ value }) => value as tf.TensorInfo | tf.TensorInfo[]);
    const shapes = results.map(({ shape }) => shape.join());
    run.mockRestore();
    tf.dispose([value, ...gradients.values()]);
    return { ran, shapes };
  });
}

function keptBytes(model: Model, trained: ReadonlyMap<string, tf.Variable>): number {
  return withTexts(model, (loss) => keptFor(loss, trained));
}

// A GPT with a LoRA adapter against PyTorch's numbers, merged and unmerged; and a new adapter, which changes nothing.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as tf from '#tfjs';
import type { LanguageModel } from '../../src/architectures/language-model.ts';
import { architectureOf } from '../../src/architectures/list.ts';
import { mergedWeight } from '../../src/checkpoint/adapter.ts';
import { assignTensors } from '../../src/run/weights.ts';
import { loraOf } from '../../src/settings/fine-tuning.ts';
import { lossAndGradients } from '../../src/training/gradients.ts';
import { addLora } from '../../src/training/lora.ts';
import { type GoldenTensor, type GoldenTensors, loadGolden } from '../golden/load.ts';
import { createModel, emptyModel } from '../made-models.ts';
import { describeOnBackends } from '../on-backends.ts';
import { GPT, LSTM, livelyModel } from './example.ts';

const golden = loadGolden('lora');
const lora = { rank: golden.rank, alpha: golden.alpha, targets: ['c_*'] };

describeOnBackends(() => {
  describe('PyTorch’s numbers', () => {
    let [tokens, targets]: tf.Tensor2D[] = [];
    let model: LanguageModel;
    let adapter: Map<string, tf.Variable>;
    beforeAll(() => {
      [tokens, targets] = [ints(golden.tokens), ints(golden.targets)];
      model = emptyModel(golden.config);
      adapter = addLora(model, lora, 1);
      assignTensors(model.parameters, floats(golden.parameters), 'golden');
      assignTensors(adapter, floats(golden.adapter), 'golden');
    });
    afterAll(() => {
      tf.dispose([tokens!, targets!, ...adapter.values()]);
      model.dispose();
    });

    it('logits and loss', async () => {
      expectClose(await model.logits(tokens!).data(), golden.logits.data);
      expectClose(await model.loss(tokens!, targets!).data(), [golden.loss]);
    });

    it('every gradient of the adapter', async () => {
      const { gradients } = lossAndGradients(() => model.loss(tokens!, targets!), adapter);
      expect([...gradients.keys()].sort()).toEqual(Object.keys(golden.gradients).sort());
      for (const [name, gradient] of gradients)
        expectClose(await gradient.data(), golden.gradients[name]!.data, name);
    });

    it('logits of a plain model with the merged weights', async () => {
      const { rank, alpha } = golden;
      const whole = { tensors: floats(golden.adapter), rank, alpha, base: { folder: '', sha256: '' } };
      const merged = new Map(
        Array.from(floats(golden.parameters), ([name, weight]) => [
          name,
          mergedWeight(name, weight, whole, 'golden'),
        ]),
      );
      const plain = emptyModel(golden.config);
      assignTensors(plain.parameters, merged, 'golden');
      expectClose(await plain.logits(tokens!).data(), golden.logits.data);
      plain.dispose();
    });
  });

  it('a new adapter leaves every logit as it was, to the bit', async () => {
    const model = livelyModel(GPT);
    const tokens = tf.tensor2d([[1, 5, 2, 9]], undefined, 'int32');
    const before = await model.logits(tokens).data();
    const adapter = addLora(model, lora, 1);
    expect(await model.logits(tokens).data()).toEqual(before);
    for (const variable of adapter.values()) variable.assign(tf.ones(variable.shape));
    expect(await model.logits(tokens).data()).not.toEqual(before);
    tf.dispose([...adapter.values()]);
    model.dispose();
  });
});

it('A is drawn as PEFT draws it, from the seed; B is zero', () => {
  const model = createModel({ ...GPT, width: 64 });
  const [adapter, same, other] = [3, 3, 4].map((seed) => addLora(model, { ...lora, rank: 8 }, seed));
  const A = adapter!.get('h.1.attn.c_attn.lora_A.weight')!;
  expect(A.shape).toEqual([8, 64]);
  const values = A.dataSync<'float32'>();
  expect(same!.get('h.1.attn.c_attn.lora_A.weight')!.dataSync()).toEqual(values);
  expect(other!.get('h.1.attn.c_attn.lora_A.weight')!.dataSync()).not.toEqual(values);
  expect(Math.max(...values.map(Math.abs))).toBeLessThan(1 / 8);
  // A uniform distribution on ±1/8 has a variance of 1/192.
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  expect(variance * 192).toBeCloseTo(1, 0);
  const B = adapter!.get('h.1.attn.c_attn.lora_B.weight')!;
  expect(B.shape).toEqual([192, 8]);
  expect(B.dataSync().every((value) => value === 0)).toBe(true);
});

describe('the weights that get an adapter', () => {
  const modules = (loraTargets?: string[]) => {
    const model = emptyModel(GPT);
    const adapter = addLora(model, loraOf({ loraRank: 2, loraTargets }, architectureOf(GPT))!, 1);
    return [...adapter.keys()].filter((name) => name.includes('_A')).map((name) => name.slice(0, -14));
  };

  it.each([
    [undefined, ['h.0.attn.c_attn', 'h.1.attn.c_attn']],
    [['attn.c_proj'], ['h.0.attn.c_proj', 'h.1.attn.c_proj']],
    [
      ['h.1.mlp', 'c_attn'],
      ['h.0.attn.c_attn', 'h.1.attn.c_attn', 'h.1.mlp.c_fc', 'h.1.mlp.c_proj'],
    ],
  ])('%j', (targets, expected) => {
    expect(modules(targets)).toEqual(expected);
  });

  it('are those of linear layers', () => {
    expect(() => modules(['wte'])).toThrow('--lora-targets "wte" fits no name');
    expect(() => loraOf({ loraRank: 2 }, architectureOf(LSTM))).toThrow(
      'models of the kind LSTM take no LoRA adapter',
    );
  });
});

function floats(tensors: GoldenTensors) {
  const entries = Object.entries(tensors);
  return new Map(entries.map(([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }]));
}

function ints({ data, shape }: GoldenTensor): tf.Tensor2D {
  return tf.tensor2d(data, shape as [number, number], 'int32');
}

function expectClose(actual: ArrayLike<number>, expected: number[], name?: string): void {
  expect(actual, name).toAgree(expected, 'model');
}

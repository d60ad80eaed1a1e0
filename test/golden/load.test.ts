import { describe, expect, it } from 'vitest';
import { GOLDEN_MODELS, type GoldenTensor, loadGolden, withoutKeyBias } from './load.ts';

const size = ({ shape }: GoldenTensor) => shape.reduce((a, b) => a * b, 1);

describe.each(GOLDEN_MODELS)('golden %s', (name) => {
  const golden = loadGolden(name);

  it('has a gradient and a final value of the right shape for each parameter', () => {
    for (const group of [golden.gradients, golden.finalParameters]) {
      expect(Object.keys(group)).toEqual(Object.keys(golden.parameters));
      for (const [key, tensor] of Object.entries(group)) {
        expect(tensor.shape).toEqual(golden.parameters[key]!.shape);
        expect(tensor.data).toHaveLength(size(tensor));
        expect(tensor.data.every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('starts from weights that are exact in float32', () => {
    for (const { data } of Object.values(golden.parameters)) expect(data.map(Math.fround)).toEqual(data);
  });

  it('states the mean loss of its own logits over the targets that count', () => {
    const vocab = golden.config.vocabSize;
    const losses = golden.targets.data.flatMap((target, row) => {
      const logits = golden.logits.data.slice(row * vocab, (row + 1) * vocab);
      const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
      return target < 0 ? [] : [logSum - logits[target]!];
    });
    expect(losses.length).toBeLessThan(golden.targets.data.length);
    expect(losses.reduce((a, b) => a + b, 0) / losses.length).toBeCloseTo(golden.loss, 7);
  });

  it('clips on some of its ten steps', () => {
    const clipped = golden.steps.filter((step) => step.gradientNorm > golden.settings.clip).length;
    expect(golden.steps).toHaveLength(10);
    expect(clipped).toBeGreaterThan(2);
    expect(clipped).toBeLessThan(8);
  });
});

it('withoutKeyBias leaves out the middle third of an attention bias, and nothing else', () => {
  expect(withoutKeyBias('h.0.attn.c_attn.bias', [1, 2, 3, 4, 5, 6])).toEqual([1, 2, 5, 6]);
  expect(withoutKeyBias('h.0.attn.c_proj.bias', [1, 2, 3])).toEqual([1, 2, 3]);
});

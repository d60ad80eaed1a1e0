// What `layers` says of a model: parameters and cost, against the formulas in the literature.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CnnConfig } from '../../src/architectures/cnn/config.ts';
import type { ModelConfig } from '../../src/architectures/config.ts';
import type { GptConfig } from '../../src/architectures/gpt/config.ts';
import type { GruConfig } from '../../src/architectures/gru/config.ts';
import { parameterCount } from '../../src/architectures/language-model.ts';
import { architectureOf } from '../../src/architectures/list.ts';
import type { LlamaConfig } from '../../src/architectures/llama/config.ts';
import type { LstmConfig } from '../../src/architectures/lstm/config.ts';
import type { RnnConfig } from '../../src/architectures/rnn/config.ts';
import { startBackend } from '../../src/backends/index.ts';
import { createAnyModel, createModel } from '../made-models.ts';
import { GEMMA, LLAMA } from './example.ts';

beforeAll(() => startBackend('plain'));

type Recurrent = GruConfig | RnnConfig | LstmConfig;

/** GPT-2's count by hand: embeddings, twelve squares and thirteen vectors a block, the last norm. */
const gptParameters = ({ vocabSize: V, context: T, layers: L, width: C }: GptConfig) =>
  V * C + T * C + L * (12 * C * C + 13 * C) + 2 * C;

/** Two for each multiply-add: twelve squares a block, scores and their sum over T positions, the head. */
const gptFlops = ({ vocabSize: V, context: T, layers: L, width: C }: GptConfig) =>
  L * (24 * C * C + 4 * C * T) + 2 * V * C;

/** Q and the way back, k and v, and the MLP's three or two products. */
const llamaProducts = ({
  width: C,
  heads: H,
  kvHeads: K,
  headSize: D,
  mlpWidth: F,
  activation,
}: LlamaConfig) => C * D * (2 * H + 2 * K) + C * F * (activation.endsWith('glu') ? 3 : 2);

/** Beside the products two norms a block, or four, and the last. */
const llamaParameters = (config: LlamaConfig) => {
  const { vocabSize: V, context: T, layers: L, width: C, heads: H, kvHeads: K, headSize: D } = config;
  const norm = config.norm === 'layer' ? 2 * C : C;
  const vectors =
    (config.sandwichNorm ? 4 : 2) * norm +
    (config.qkvBias ? (H + 2 * K) * D : 0) +
    (config.qkNorm ? 2 * D : 0);
  const tables = V * C * (config.tiedHead ? 1 : 2) + (config.positions === 'learned' ? T * C : 0);
  return tables + L * (llamaProducts(config) + vectors) + norm;
};

const llamaFlops = (config: LlamaConfig) => {
  const { vocabSize: V, context: T, layers: L, width: C, heads: H, headSize: D } = config;
  return L * (2 * llamaProducts(config) + 4 * H * D * T) + 2 * V * C;
};

/** Two squares and a bias a gate; an LSTM's peepholes are three more vectors, and a GRU's second bias is one. */
const recurrentParameters = (gates: number) => (config: Recurrent) => {
  const { arch, vocabSize: V, layers: L, width: C, tiedHead } = config;
  const peepholes = config.arch === 'lstm' && config.peepholes;
  const vectors = gates + (peepholes ? 3 : 0) + (arch === 'gru' ? 1 : 0);
  return V * C + L * (2 * gates * C * C + vectors * C) + (tiedHead ? 0 : V * C) + V;
};

const recurrentFlops =
  (gates: number) =>
  ({ vocabSize: V, layers: L, width: C }: Recurrent) =>
    L * 4 * gates * C * C + 2 * V * C;

/** A tap is two squares; two biases and the norm's two vectors a layer; the last norm. */
const cnnParameters = ({ vocabSize: V, layers: L, width: C, kernel: K, tiedHead }: CnnConfig) =>
  V * C + L * (2 * K * C * C + 4 * C) + 2 * C + (tiedHead ? 0 : V * C) + V;

const cnnFlops = ({ vocabSize: V, layers: L, width: C, kernel: K }: CnnConfig) =>
  L * 4 * K * C * C + 2 * V * C;

const GPT2: GptConfig = {
  arch: 'gpt',
  vocabSize: 50257,
  context: 1024,
  layers: 12,
  width: 768,
  heads: 12,
  dropout: 0,
};

const sizes = {
  vocabSize: fc.integer({ min: 1, max: 40 }),
  context: fc.integer({ min: 1, max: 40 }),
  layers: fc.integer({ min: 1, max: 3 }),
  dropout: fc.constant(0),
};
const gpts = fc
  .record({ ...sizes, heads: fc.integer({ min: 1, max: 3 }), size: fc.integer({ min: 1, max: 5 }) })
  .map(({ size, ...rest }): GptConfig => ({ arch: 'gpt', ...rest, width: size * rest.heads }));
const llamas = fc
  .record({
    ...sizes,
    kvHeads: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 2 }),
    half: fc.integer({ min: 1, max: 3 }),
    width: fc.integer({ min: 1, max: 12 }),
    mlpWidth: fc.integer({ min: 1, max: 12 }),
    activation: fc.constantFrom('swiglu', 'geglu', 'relu2', 'gelu'),
    norm: fc.constantFrom('rms', 'layer'),
    positions: fc.constantFrom('rope', 'learned'),
    qkNorm: fc.boolean(),
    sandwichNorm: fc.boolean(),
    qkvBias: fc.boolean(),
    tiedHead: fc.boolean(),
  })
  .map(
    ({ group, half, ...rest }): LlamaConfig => ({
      ...LLAMA,
      ...rest,
      heads: group * rest.kvHeads,
      headSize: 2 * half,
    }),
  );
const stacks = { ...sizes, width: fc.integer({ min: 1, max: 12 }), tiedHead: fc.boolean() };
const lstms = fc
  .record({ ...stacks, peepholes: fc.boolean() })
  .map((rest): LstmConfig => ({ arch: 'lstm', ...rest }));
const grus = fc.record(stacks).map((rest): GruConfig => ({ arch: 'gru', ...rest }));
const rnns = fc.record(stacks).map((rest): RnnConfig => ({ arch: 'rnn', ...rest }));
const cnns = fc
  .record({
    ...stacks,
    kernel: fc.integer({ min: 2, max: 4 }),
    dilationCycle: fc.integer({ min: 1, max: 3 }),
  })
  .map((rest): CnnConfig => ({ arch: 'cnn', ...rest }));

describe('parameters and flops of a token are the formulas’', () => {
  it('for a gpt', () => {
    fc.assert(
      fc.property(gpts, (config) => expectTotals(config, gptParameters(config), gptFlops(config))),
      {
        numRuns: 30,
      },
    );
  });

  it('for a llama', () => {
    fc.assert(
      fc.property(llamas, (config) => expectTotals(config, llamaParameters(config), llamaFlops(config))),
      { numRuns: 60 },
    );
  });

  it('for a cnn', () => {
    fc.assert(
      fc.property(cnns, (config) => expectTotals(config, cnnParameters(config), cnnFlops(config))),
      { numRuns: 30 },
    );
  });

  it.each<[string, number, fc.Arbitrary<Recurrent>]>([
    ['an lstm', 4, lstms],
    ['a gru', 3, grus],
    ['an rnn', 1, rnns],
  ])('for %s', (_, gates, configs) => {
    const [parameters, flops] = [recurrentParameters(gates), recurrentFlops(gates)];
    fc.assert(
      fc.property(configs, (config) => expectTotals(config, parameters(config), flops(config))),
      {
        numRuns: 30,
      },
    );
  });
});

it('what stands once for a whole text costs each of its tokens a part', () => {
  const sizes = { vocabSize: 7, end: 0, layers: 1, heads: 1, width: 6, context: 16, dropout: 0 };
  const sides = { encoder: 'gru', decoder: 'rnn', bidirectional: false };
  const costOf = (config: ModelConfig) =>
    new Map(createAnyModel(config).layers.map(({ name, flopsPerToken }) => [name, flopsPerToken]));
  const annealing = { klAnnealSteps: 0, freeBits: 0, wordDropout: 0 };
  const vae = costOf({ arch: 'vae', ...sizes, ...sides, latent: 4, ...annealing });
  expect(vae.get('posterior')).toBe((2 * 6 * 2 * 4) / 16);
  expect(vae.get('bridge')).toBe((2 * 4 * 6) / 16);
  const training = { coverage: 0, labelSmoothing: 0, teacherForcing: 1, ctcWeight: 0 };
  const pairs = { arch: 'seq2seq', ...sizes, ...sides, sourceVocabSize: 5, attention: 'none', ...training };
  expect(costOf(pairs).get('bridge')).toBe((2 * 6 * 6) / 16);
});

it('which give GPT-2 its 124,439,808 parameters and 292 million flops a token', () => {
  expect(gptParameters(GPT2)).toBe(124_439_808);
  // Twice the parameters that multiply, and the attention: (124,439,808 − 786,432 positions − 121,344 in vectors) · 2 + 37,748,736
  expect(gptFlops(GPT2)).toBe(2 * (124_439_808 - 786_432 - 121_344) + 37_748_736);
});

it('which give SmolLM2-135M its 134,515,008 parameters', () => {
  const sizes = { layers: 30, width: 576, heads: 9, kvHeads: 3, headSize: 64, mlpWidth: 1536 };
  expect(llamaParameters({ ...LLAMA, ...sizes, vocabSize: 49_152 })).toBe(134_515_008);
});

it('which give Gemma 3 270M its 268,098,176 parameters', () => {
  const sizes = { layers: 18, width: 640, heads: 4, kvHeads: 1, headSize: 256, mlpWidth: 2048 };
  expect(llamaParameters({ ...GEMMA, ...sizes, vocabSize: 262_144 })).toBe(268_098_176);
});

it('has one row for each layer, by its checkpoint name', () => {
  const rows = createModel({ ...GPT2, vocabSize: 5, context: 4, layers: 1, width: 8, heads: 2 }).layers;
  expect(rows.map(({ name, kind, parameters }) => `${name} ${kind} ${parameters}`)).toEqual([
    'wte TokenEmbedding 40',
    'wpe PositionEmbedding 32',
    'h.0.ln_1 LayerNorm 16',
    'h.0.attn SelfAttention 288',
    'h.0.ln_2 LayerNorm 16',
    'h.0.mlp Mlp 552',
    'ln_f LayerNorm 16',
    'lm_head Head 0',
  ]);
});

it.each([
  [{ layers: 4, kernel: 3, dilationCycle: 4 }, 'sees 31 tokens'],
  [{ layers: 8, kernel: 3, dilationCycle: 4 }, 'sees 61 tokens'],
  [{ layers: 3, kernel: 2, dilationCycle: 1 }, 'sees 4 tokens'],
])('a cnn of %j %s', (shape, says) => {
  const config = { arch: 'cnn', vocabSize: 5, width: 8, context: 64, dropout: 0, tiedHead: false, ...shape };
  expect(architectureOf(config).describe(config)).toContain(says);
});

function expectTotals(config: ModelConfig, parameters: number, flops: number): void {
  const model = createModel(config);
  expect(parameterCount(model)).toBe(parameters);
  expect(model.layers.reduce((sum, row) => sum + row.parameters, 0)).toBe(parameters);
  expect(model.layers.reduce((sum, row) => sum + row.flopsPerToken, 0)).toBe(flops);
  model.dispose();
}

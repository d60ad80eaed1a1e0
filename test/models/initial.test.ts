// A new model's weights: their distributions, and what they depend on.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Variable } from '#tfjs';
import type { CnnConfig } from '../../src/architectures/cnn/config.ts';
import type { ModelConfig } from '../../src/architectures/config.ts';
import type { GptConfig } from '../../src/architectures/gpt/config.ts';
import type { GruConfig } from '../../src/architectures/gru/config.ts';
import type { LanguageModel } from '../../src/architectures/language-model.ts';
import type { LlamaConfig } from '../../src/architectures/llama/config.ts';
import type { LstmConfig } from '../../src/architectures/lstm/config.ts';
import type { PairModel } from '../../src/architectures/pair-model.ts';
import type { RnnConfig } from '../../src/architectures/rnn/config.ts';
import { startBackend } from '../../src/backends/index.ts';
import { createModel, emptyModel } from '../made-models.ts';
import { ABLATED, GEMMA, ids, randomTexts, LLAMA as SMALL_LLAMA, tensorsInUse } from './example.ts';
import { createPairModel, SEQ2SEQ } from './pair-example.ts';

const WIDTH = 48;
const GPT: GptConfig = {
  arch: 'gpt',
  vocabSize: 101,
  context: 32,
  layers: 3,
  width: WIDTH,
  heads: 3,
  dropout: 0,
};
const sizes = { vocabSize: 101, context: 32, layers: 3, width: WIDTH, heads: 6, kvHeads: 2, mlpWidth: 80 };
const LLAMA: LlamaConfig = { ...SMALL_LLAMA, ...sizes, headSize: 10 };
const LSTM: LstmConfig = {
  arch: 'lstm',
  vocabSize: 101,
  context: 32,
  layers: 2,
  width: WIDTH,
  dropout: 0,
  tiedHead: false,
  peepholes: false,
};

const { peepholes: _, ...stack } = LSTM;
const GRU: GruConfig = { ...stack, arch: 'gru' };
const RNN: RnnConfig = { ...stack, arch: 'rnn' };
const CNN: CnnConfig = { ...stack, arch: 'cnn', kernel: 3, dilationCycle: 2 };

/** What a parameter must look like: all one value, normal of a deviation, or uniform within a bound. */
type Expected = { value: number } | { deviation: number } | { bound: number };

const STANDARD_ERRORS = 5;
const ROUNDING = 2e-7; // of float32, twice

beforeAll(() => startBackend('plain'));

const block = (i: number): Record<string, Expected> => ({
  [`h.${i}.ln_1.weight`]: { value: 1 },
  [`h.${i}.ln_1.bias`]: { value: 0 },
  [`h.${i}.attn.c_attn.weight`]: { deviation: 0.02 },
  [`h.${i}.attn.c_attn.bias`]: { value: 0 },
  [`h.${i}.attn.c_proj.weight`]: { deviation: 0.02 / Math.sqrt(6) },
  [`h.${i}.attn.c_proj.bias`]: { value: 0 },
  [`h.${i}.ln_2.weight`]: { value: 1 },
  [`h.${i}.ln_2.bias`]: { value: 0 },
  [`h.${i}.mlp.c_fc.weight`]: { deviation: 0.02 },
  [`h.${i}.mlp.c_fc.bias`]: { value: 0 },
  [`h.${i}.mlp.c_proj.weight`]: { deviation: 0.02 / Math.sqrt(6) },
  [`h.${i}.mlp.c_proj.bias`]: { value: 0 },
});

const lstm = (i: number): Record<string, Expected> => ({
  [`lstm.${i}.input.weight`]: { bound: 1 / Math.sqrt(WIDTH) },
  [`lstm.${i}.recurrent.weight`]: { bound: 1 / Math.sqrt(WIDTH) },
});

describe('gpt', () => {
  const expected: Record<string, Expected> = {
    'wte.weight': { deviation: 0.02 },
    'wpe.weight': { deviation: 0.02 },
    ...block(0),
    ...block(1),
    ...block(2),
    'ln_f.weight': { value: 1 },
    'ln_f.bias': { value: 0 },
  };

  let parameters: LanguageModel['parameters'];
  beforeAll(() => {
    parameters = createModel(GPT, 3).parameters;
  });

  it('has GPT-2’s parameters, by name', () => {
    expect([...parameters.keys()].sort()).toEqual(Object.keys(expected).sort());
  });

  it.each(Object.entries(expected))('%s is %o', async (name, look) => {
    await expectLook(parameters.get(name)!, look);
  });

  it('one more layer changes no other values but the scale that follows the depth', async () => {
    const [three, four] = [createModel(GPT, 5), createModel({ ...GPT, layers: 4 }, 5)];
    for (const [name, variable] of three.parameters) {
      const scale = name.endsWith('c_proj.weight') ? Math.sqrt(4 / 3) : 1; // √(2 · 4) / √(2 · 3)
      const deeper = await four.parameters.get(name)!.data();
      const shallow = await variable.data();
      expect(
        shallow.map((value) => value / scale),
        name,
      ).toAgree(deeper, ROUNDING);
    }
  });
});

describe('a gpt as a decoder', () => {
  const cross: Record<string, Expected> = {
    'ln_cross_attn.weight': { value: 1 },
    'ln_cross_attn.bias': { value: 0 },
    'crossattention.c_attn.weight': { deviation: 0.02 },
    'crossattention.c_attn.bias': { value: 0 },
    'crossattention.q_attn.weight': { deviation: 0.02 },
    'crossattention.q_attn.bias': { value: 0 },
    'crossattention.c_proj.weight': { deviation: 0.02 / Math.sqrt(6) }, // adds to the stream, as GPT-2's others do
    'crossattention.c_proj.bias': { value: 0 },
  };
  const expected: Record<string, Expected> = Object.fromEntries([
    ...Object.entries({ ...block(0), ...block(2) }).map(([name, each]) => [`decoder.${name}`, each]),
    ...Object.entries(cross).map(([name, each]) => [`decoder.h.1.${name}`, each]),
    ...['target.wte.weight', 'target.wpe.weight'].map((name) => [name, { deviation: 0.02 }]),
  ]);

  let parameters: PairModel['parameters'];
  beforeAll(() => {
    parameters = createPairModel({ ...SEQ2SEQ, ...GPT, arch: 'seq2seq', decoder: 'gpt' }, 3).parameters;
  });

  it.each(Object.entries(expected))('%s is %o', async (name, look) => {
    await expectLook(parameters.get(name)!, look);
  });
});

describe('llama', () => {
  const drawn = { deviation: 0.02 };
  const block = (i: number, ablated: boolean): Record<string, Expected> => {
    const projection = ablated ? { value: 0 } : { deviation: 0.02 / Math.sqrt(6) };
    const norm = (name: string): Record<string, Expected> => ({
      [`layers.${i}.${name}.weight`]: { value: 1 },
      ...(ablated && { [`layers.${i}.${name}.bias`]: { value: 0 } }),
    });
    const attention = `layers.${i}.self_attn`;
    return {
      ...norm('input_layernorm'),
      ...Object.fromEntries(
        ['q', 'k', 'v'].flatMap((part): [string, Expected][] => [
          [`${attention}.${part}_proj.weight`, drawn],
          ...(ablated ? [[`${attention}.${part}_proj.bias`, { value: 0 }] as [string, Expected]] : []),
        ]),
      ),
      ...(ablated && {
        [`${attention}.q_norm.weight`]: { value: 1 },
        [`${attention}.k_norm.weight`]: { value: 1 },
      }),
      [`${attention}.o_proj.weight`]: projection,
      ...norm('post_attention_layernorm'),
      ...(!ablated && { [`layers.${i}.mlp.gate_proj.weight`]: drawn }),
      [`layers.${i}.mlp.up_proj.weight`]: drawn,
      [`layers.${i}.mlp.down_proj.weight`]: projection,
    };
  };

  it.each([
    ['as it is', LLAMA, false],
    [
      'with every switch the other way',
      { ...ABLATED, ...sizes, kvHeads: 6, headSize: 10, zeroInit: true },
      true,
    ],
  ] as const)('%s has these parameters and no others', async (_, config, ablated) => {
    const { parameters } = createModel(config, 3);
    const expected: Record<string, Expected> = {
      'embed_tokens.weight': drawn,
      ...(ablated && { 'embed_positions.weight': drawn }),
      ...block(0, ablated),
      ...block(1, ablated),
      ...block(2, ablated),
      'norm.weight': { value: 1 },
      ...(ablated && { 'norm.bias': { value: 0 }, 'lm_head.weight': drawn }),
    };
    expect([...parameters.keys()]).toEqual(Object.keys(expected));
    for (const [name, look] of Object.entries(expected)) await expectLook(parameters.get(name)!, look);
  });
});

it('norms that scale by 1 + what they learn begin at 0', async () => {
  const { parameters } = createModel(GEMMA, 3);
  const norms = [...parameters].filter(([name]) => name.includes('norm'));
  expect(norms).toHaveLength(2 * 6 + 1); // four of a block's stream, two of its queries and keys, and the last
  for (const [, norm] of norms) await expectLook(norm, { value: 0 });
});

describe.each([
  ['rnn', RNN, ['bias']],
  ['gru', GRU, ['bias', 'recurrent.bias']],
] as const)('%s', (arch, config, biases) => {
  const layer = (i: number): Record<string, Expected> => ({
    [`${arch}.${i}.input.weight`]: { bound: 1 / Math.sqrt(WIDTH) },
    [`${arch}.${i}.recurrent.weight`]: { bound: 1 / Math.sqrt(WIDTH) },
    ...Object.fromEntries(biases.map((name) => [`${arch}.${i}.${name}`, { value: 0 }])),
  });

  it('has these parameters and no others', async () => {
    const { parameters } = createModel(config, 3);
    const expected: Record<string, Expected> = {
      'embedding.weight': { deviation: 1 / Math.sqrt(WIDTH) },
      ...layer(0),
      ...layer(1),
      'head.weight': { bound: 1 / Math.sqrt(WIDTH) },
      'head.bias': { value: 0 },
    };
    expect([...parameters.keys()]).toEqual(Object.keys(expected));
    for (const [name, look] of Object.entries(expected)) await expectLook(parameters.get(name)!, look);
  });
});

describe('cnn', () => {
  const layer = (i: number): Record<string, Expected> => ({
    [`cnn.${i}.norm.weight`]: { value: 1 },
    [`cnn.${i}.norm.bias`]: { value: 0 },
    [`cnn.${i}.conv.weight`]: { bound: 1 / Math.sqrt(3 * WIDTH) },
    [`cnn.${i}.conv.bias`]: { value: 0 },
  });

  it('has these parameters and no others', async () => {
    const { parameters } = createModel(CNN, 3);
    const expected: Record<string, Expected> = {
      'embedding.weight': { deviation: 1 / Math.sqrt(WIDTH) },
      ...layer(0),
      ...layer(1),
      'norm.weight': { value: 1 },
      'norm.bias': { value: 0 },
      'head.weight': { deviation: 0.02 },
      'head.bias': { value: 0 },
    };
    expect([...parameters.keys()]).toEqual(Object.keys(expected));
    for (const [name, look] of Object.entries(expected)) await expectLook(parameters.get(name)!, look);
  });
});

describe('lstm', () => {
  it('draws its peepholes, if it has them, as its matrices', async () => {
    const { parameters } = createModel({ ...LSTM, width: 480, peepholes: true }, 3);
    await expectLook(parameters.get('lstm.0.peepholes')!, { bound: 1 / Math.sqrt(480) });
    expect(createModel(LSTM, 3).parameters.has('lstm.0.peepholes')).toBe(false);
  });

  it.each(
    Object.entries({
      'embedding.weight': { deviation: 1 / Math.sqrt(WIDTH) },
      ...lstm(0),
      ...lstm(1),
      'head.weight': { bound: 1 / Math.sqrt(WIDTH) },
      'head.bias': { value: 0 },
    }),
  )('%s is %o', async (name, look) => {
    await expectLook(createModel(LSTM, 3).parameters.get(name)!, look);
  });

  it('has a smaller embedding, and no matrix in the head, where they are tied', async () => {
    const { parameters } = createModel({ ...LSTM, tiedHead: true }, 3);
    await expectLook(parameters.get('embedding.weight')!, { deviation: 0.02 });
    expect(parameters.has('head.weight')).toBe(false);
  });

  it('starts with its forget gates open: bias 1 in the second of four gates, 0 in the others', async () => {
    const { parameters } = createModel(LSTM, 3);
    for (const layer of [0, 1]) {
      const bias = [...(await parameters.get(`lstm.${layer}.bias`)!.data())];
      expect(bias).toEqual(Array.from({ length: 4 * WIDTH }, (_, i) => Number(Math.floor(i / WIDTH) === 1)));
    }
  });

  it('one more layer changes no other values', async () => {
    const [two, three] = [createModel(LSTM, 5), createModel({ ...LSTM, layers: 3 }, 5)];
    for (const [name, variable] of two.parameters)
      expect(await three.parameters.get(name)!.data(), name).toEqual(await variable.data());
  });
});

describe.each<ModelConfig>([GPT, LLAMA, LSTM, { ...LSTM, tiedHead: true }, GRU, RNN, CNN])(
  '$arch',
  (config) => {
    it('is the same for the same seed, and drawn anew for another', async () => {
      const [model, again, other] = [createModel(config, 1), createModel(config, 1), createModel(config, 2)];
      for (const [name, variable] of model.parameters) {
        const values = await variable.data();
        expect(await again.parameters.get(name)!.data(), name).toEqual(values);
        const constant = values.every((value) => value === values[0]) || /lstm.*bias/.test(name);
        if (!constant) expect(await other.parameters.get(name)!.data(), name).not.toEqual(values);
      }
    });

    it('draws each parameter from a stream of its own', async () => {
      const firsts = new Set<number>();
      let drawn = 0;
      for (const [name, variable] of createModel(config).parameters) {
        if (!name.endsWith('weight') || /(ln_\w+|norm)\.weight/.test(name)) continue;
        const [first, second] = await variable.data();
        firsts.add(first! / second!); // the same for equal streams, whatever their scale
        drawn++;
      }
      expect(firsts.size).toBe(drawn);
    });

    it('knows nothing yet: its loss is near ln V', async () => {
      const model = createModel(config, 4);
      const [loss] = await model
        .loss(ids(randomTexts(1, 4, 32, 101)), ids(randomTexts(2, 4, 32, 101)))
        .data();
      expect(Math.abs(loss! - Math.log(101))).toBeLessThan(0.05);
    });

    it('frees everything', () => {
      const before = tensorsInUse();
      createModel(config).dispose();
      expect(tensorsInUse()).toEqual(before);
    });
  },
);

async function expectLook(variable: Variable, look: Expected): Promise<void> {
  const values = [...(await variable.data())];
  if ('value' in look) {
    expect(new Set(values)).toEqual(new Set([look.value]));
    return;
  }
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n);
  // The standard error of a sample's deviation is σ·√((κ − 1) / 4n); the kurtosis κ is 3 for normal, 1.8 for uniform.
  const [sigma, kurtosis] = 'deviation' in look ? [look.deviation, 3] : [look.bound / Math.sqrt(3), 1.8];
  expect(Math.abs(mean)).toBeLessThan((STANDARD_ERRORS * sigma) / Math.sqrt(n));
  expect(Math.abs(deviation - sigma)).toBeLessThan(
    STANDARD_ERRORS * sigma * Math.sqrt((kurtosis - 1) / (4 * n)),
  );
  if ('bound' in look) expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(look.bound);
  else expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(2.5 * sigma); // normal, not uniform
}

it.each<ModelConfig>([GPT, LLAMA, { ...LSTM, peepholes: true }, GRU, RNN, CNN])(
  'an empty $arch has the same parameters, all zero',
  async (config) => {
    const [full, empty] = [createModel(config), emptyModel(config)];
    const shapes = (model: LanguageModel) => [...model.parameters].map(([name, { shape }]) => [name, shape]);
    expect(shapes(empty)).toEqual(shapes(full));
    for (const [name, variable] of empty.parameters) {
      expect(
        (await variable.data()).every((value) => value === 0),
        name,
      ).toBe(true);
    }
    full.dispose();
    empty.dispose();
  },
);

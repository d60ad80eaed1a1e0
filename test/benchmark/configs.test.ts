// The models that speed is measured with are those that PyTorch runs in bench/peer.py.
import { readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { parameterCount } from '../../src/architectures/language-model.ts';
import { startBackend } from '../../src/backends/index.ts';
import { BENCHMARKS, benchmarkNamed } from '../../src/benchmark/configs.ts';
import { emptyModel, LANGUAGE_ARCHS } from '../made-models.ts';

beforeAll(() => startBackend('plain'));

/** As PyTorch counts them. Its recurrent layers have two biases where ours have one: width more for each gate but a GRU's last. */
const PYTORCH_PARAMETERS = {
  'gpt-baby': 809_856,
  'gpt-char': 10_770_816,
  gpt2: 123_849_984,
  'gpt2-1024': 124_439_808,
  'llama-char': 10_646_784,
  smollm2: 134_515_008,
  'lstm-small': 1_086_017,
  'lstm-char': 4_269_121,
  'lstm-word': 19_780_400,
  'gru-small': 822_849,
  'gru-char': 3_218_497,
  'gru-word': 18_087_800,
  'rnn-small': 296_513,
  'rnn-char': 1_117_249,
  'rnn-word': 14_702_600,
  'cnn-small': 913_217,
  'cnn-char': 3_187_777,
};

const LANGUAGE_MODELS = Object.fromEntries(
  Object.entries(BENCHMARKS).filter(([, { model }]) => LANGUAGE_ARCHS.includes(model.arch)),
);

it('all that are timed beside PyTorch have a count to be held to', () => {
  expect(Object.keys(LANGUAGE_MODELS)).toEqual(Object.keys(PYTORCH_PARAMETERS));
});

it.each(Object.entries(PYTORCH_PARAMETERS))('%s has as many parameters as in PyTorch', (name, expected) => {
  const { model: config } = benchmarkNamed(name);
  const model = emptyModel(config);
  const doubled = { lstm: 4, gru: 2, rnn: 1 }[config.arch] ?? 0;
  const secondBiases = doubled * Number(config.layers) * Number(config.width);
  expect(parameterCount(model) + secondBiases).toBe(expected);
  model.dispose();
});

it('bench/peer.py has the same sizes', () => {
  const script = readFileSync(new URL('../../bench/peer.py', import.meta.url), 'utf8');
  const rows = [...script.matchAll(/^ {4}"([\w-]+)": dict\((.*)\),$/gm)].map(([, name, row]) => [
    name,
    Object.fromEntries(row!.split(', ').map((pair) => pair.replace('CHARACTERS', '65').split('='))),
  ]);
  const ours = Object.entries(LANGUAGE_MODELS).map(([name, { model, batchSize }]) => {
    const { arch, layers, width, context, vocabSize } = model;
    const shared = model.arch === 'llama' ? { kv: model.kvHeads } : {};
    const heads = 'heads' in model ? { heads: model.heads, ...shared } : {};
    const inner = 'mlpWidth' in model ? { inner: model.mlpWidth } : {};
    const taps = model.arch === 'cnn' ? { kernel: model.kernel, cycle: model.dilationCycle } : {};
    const sizes = { layers, ...heads, width, ...inner, ...taps, context, batch: batchSize, kinds: vocabSize };
    const asText = Object.entries(sizes).map(([key, value]) => [key, String(value)]);
    return [name, { arch: `"${arch}"`, ...Object.fromEntries(asText) }];
  });
  expect(rows).toEqual(ours);
});

it('none drops anything, and only transformers tie their heads', () => {
  for (const { model } of Object.values(LANGUAGE_MODELS)) {
    expect(model.dropout).toBe(0);
    if (model.arch !== 'gpt') expect(model.tiedHead).toBe(model.arch === 'llama');
  }
});

it('a name that is none of them: the nearest is told', () => {
  expect(() => benchmarkNamed('gtp-baby')).toThrow(
    expect.objectContaining({
      message: 'unknown configuration "gtp-baby"',
      hint: 'did you mean gpt-baby?',
      exitCode: 2,
    }),
  );
  expect(() => benchmarkNamed('toString')).toThrow('unknown configuration "toString"');
});

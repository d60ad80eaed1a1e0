// Settings: who wins, and what is refused.
import { resolveSettings, SETTINGS, UsageError } from 'tsgpt';
import { describe, expect, it } from 'vitest';
import { ARCHITECTURES, architectureNamed } from '../../src/architectures/list.ts';
import { modelOf, type SettingSources, storedSettings, trainingOf } from '../../src/settings/settings.ts';
import { accumulationOf, plannedSteps, tokensPerStep } from '../../src/settings/training.ts';
import { taskOf } from '../../src/tasks/list.ts';

/** What a text decides of a model. */
const DATA = { tokenizer: { name: 'char', vocabSize: 65, endOfText: 0 } };

function resolve(sources: Partial<SettingSources>) {
  return resolveSettings({ arch: 'gpt', ...sources });
}

function refusalOf(call: () => unknown): UsageError {
  try {
    call();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('defaults < preset < file < flags', () => {
  const preset = 'char'; // context 256, batchSize 64, dropout 0.2; says nothing of clip
  const file = { batchSize: 5, dropout: 0.3 };
  const flags = { dropout: '0.4' };

  it('each wins over those before it', () => {
    expect(resolve({})).toMatchObject({ context: 64, batchSize: 12, dropout: 0, clip: 1 });
    expect(resolve({ preset })).toMatchObject({ context: 256, batchSize: 64, dropout: 0.2, clip: 1 });
    expect(resolve({ preset, file })).toMatchObject({ context: 256, batchSize: 5, dropout: 0.3, clip: 1 });
    expect(resolve({ preset, file, flags })).toMatchObject({
      context: 256,
      batchSize: 5,
      dropout: 0.4,
      clip: 1,
    });
    expect(resolve({ preset, flags })).toMatchObject({ batchSize: 64, dropout: 0.4 });
    expect(resolve({ file, flags })).toMatchObject({ context: 64, batchSize: 5, dropout: 0.4 });
  });

  it('a preset has a part of its own for each architecture', () => {
    expect(resolve({ preset: 'baby' })).toMatchObject({ layers: 4, width: 128 });
    expect(resolve({ preset: 'baby', arch: 'lstm' })).toMatchObject({ layers: 2, width: 256 });
  });

  it.each(ARCHITECTURES.flatMap(({ name, presets }) => Object.keys(presets).map((preset) => [name, preset])))(
    '%s has a model for its preset %s',
    (arch, preset) => {
      expect(() =>
        modelOf(resolve({ preset, arch }), arch!, taskOf({ arch: arch! }).sizes(DATA)),
      ).not.toThrow();
    },
  );
});

it('text from the command line is read as the value it spells', () => {
  const flags = { learningRate: '1e-3', maxSteps: '20_000', tiedHead: 'true', schedule: 'wsd' };
  const expected = { learningRate: 0.001, maxSteps: 20_000, tiedHead: true, schedule: 'wsd' };
  expect(resolve({ arch: 'lstm', flags })).toMatchObject(expected);
});

describe('learning rates that are not given', () => {
  it.each([
    ['adamw', {}, 1e-3, 1e-4],
    ['sgd', {}, 0.1, 0.01],
    ['lion', {}, 3e-4, 3e-5],
    ['lion', { preset: 'baby' }, 9e-4, 3e-5],
    ['sgd', { preset: 'baby', flags: { learningRate: 0.5 } }, 0.5, 0.01],
    ['sgd', { file: { minLearningRate: 0 } }, 0.1, 0],
    ['sgd', { defaults: { learningRate: 1e-3, minLearningRate: 1e-4 } }, 1e-3, 1e-4], // as a run of old has them
  ])('are those of %s, %j', (optimizer, sources, learningRate, minLearningRate) => {
    const flags = { optimizer, ...('flags' in sources && sources.flags) };
    expect(resolve({ ...sources, flags })).toMatchObject({ learningRate, minLearningRate });
  });
});

describe('is refused, with the nearest right name', () => {
  it.each([
    [{ flags: { learningrate: 1 } }, 'unknown setting learningrate in --set', 'did you mean learningRate?'],
    [{ flags: { batch_size: 1 } }, 'unknown setting batch_size in --set', 'did you mean batchSize?'],
    [{ file: { dropuot: 1 } }, 'unknown setting dropuot in the configuration file', 'did you mean dropout?'],
    [{ preset: 'bayb' }, 'unknown preset "bayb"', 'did you mean baby?'],
    [
      { preset: 'word' },
      'the preset word has no settings for gpt',
      'it is for --arch lstm or gru or rnn; for gpt: baby, char, gpt2',
    ],
  ])('%j', (sources, message, hint) => {
    expect(refusalOf(() => resolve(sources))).toMatchObject({ message, hint, exitCode: 2 });
  });

  it('a name that is like none, with all that are known', () => {
    const { hint } = refusalOf(() => resolve({ flags: { qqqqqqqqqqqqqqqqqqqqqq: 1 } }));
    const { settings } = architectureNamed('gpt');
    const isOthers = ({ name, group }: (typeof SETTINGS)[number]) =>
      (group === 'model' && !(name in settings)) ||
      ['momentum', 'nesterov', 'smoothing', 'matrixRate', 'adjustRate'].includes(name);
    for (const row of SETTINGS.filter((row) => !isOthers(row))) expect(hint).toContain(row.name);
  });

  it('an architecture', () => {
    expect(architectureNamed('lstm').name).toBe('lstm');
    expect(refusalOf(() => architectureNamed('ltsm'))).toMatchObject({ hint: 'did you mean lstm?' });
  });
});

describe('what does not go together, with the reason', () => {
  it('a CTC beside a decoder that has all of the weight', () => {
    expect(refusalOf(() => resolve({ arch: 'seq2seq', flags: { ctcWeight: 1 } }))).toMatchObject({
      message: expect.stringContaining(
        'at 1 the decoder would learn nothing; CTC alone is --arch tagger --head ctc',
      ),
    });
  });

  it('a gpt as a decoder with another attention than GPT-2’s', () => {
    const settings = resolve({ arch: 'seq2seq', flags: { decoder: 'gpt', attention: 'dot' } });
    const sizes = { vocabSize: 7, sourceVocabSize: 7, end: 0 };
    expect(refusalOf(() => modelOf(settings, 'seq2seq', sizes)).message).toContain('multihead attention');
  });
});

describe('a setting that the architecture lacks', () => {
  it.each([
    [
      'lstm',
      { heads: 7 },
      'lstm has no setting heads',
      'layers, width, context, dropout, tiedHead, peepholes',
    ],
    ['gru', { peepholes: true }, 'gru has no setting peepholes', 'layers, width, context, dropout, tiedHead'],
    ['gpt', { tiedHead: true }, 'gpt has no setting tiedHead', 'layers, heads, width, context, dropout'],
  ])('of %s, %j, is refused with those that it has', (arch, values, message, settings) => {
    const hint = `it has ${settings}`;
    for (const source of [{ flags: values }, { file: values }])
      expect(refusalOf(() => resolve({ arch, ...source }))).toMatchObject({ message, hint, exitCode: 2 });
  });

  it('and one that the optimizer lacks, which it is not refused for beside the optimizer that has it', () => {
    expect(refusalOf(() => resolve({ flags: { momentum: 0.5 } }))).toMatchObject({
      message: 'adamw has no setting momentum',
      hint: 'it has weightDecay, beta1, beta2',
    });
    const sgd = resolve({ flags: { optimizer: 'sgd', momentum: '0.5' } });
    expect(sgd).toMatchObject({ optimizer: 'sgd', momentum: 0.5, nesterov: false });
    expect(sgd).not.toHaveProperty('beta1');
    expect(refusalOf(() => resolve({ flags: { optimizer: 'sdg' } }))).toMatchObject({
      hint: 'did you mean sgd?',
    });
    // A preset made for AdamW is taken without what is AdamW's.
    expect(resolve({ preset: 'gpt2', flags: { optimizer: 'sgd' } })).not.toHaveProperty('beta2');
  });

  it('is left out where a run of the first version stored it', () => {
    expect(storedSettings('lstm', { heads: 4, tiedHead: true })).toEqual(
      resolve({ arch: 'lstm', flags: { tiedHead: true } }),
    );
  });
});

describe('a bad value is refused, with its name and what came', () => {
  it.each([
    [{ layers: '0' }, /layers.*got 0/],
    [{ layers: '1.5' }, /layers.*got 1\.5/],
    [{ width: 'wide' }, /width.*got "wide"/],
    [{ dropout: 1 }, /dropout.*got 1/],
    [{ learningRate: '-1' }, /learningRate.*got -1/],
    [{ learningRate: 'NaN' }, /learningRate.*got "NaN"/],
    [{ learningRate: 'Infinity' }, /learningRate/],
    [{ schedule: 'cosin' }, /expected cosine or linear or constant or wsd for schedule, but got "cosin"/],
    [{ maxSteps: '' }, /maxSteps.*got ""/],
    [{ seed: null }, /seed.*got null/],
  ])('%j', (flags, message) => {
    expect(refusalOf(() => resolve({ flags })).message).toMatch(message);
  });

  it('heads that do not divide the width', () => {
    const settings = resolve({ flags: { width: 10, heads: 4 } });
    expect(refusalOf(() => modelOf(settings, 'gpt', { vocabSize: 65 })).message).toBe(
      'width must be a multiple of heads: width is 10, heads is 4',
    );
  });

  it.each([[[]], ['layers'], [null], [3]])('a configuration file that holds %j', (file) => {
    expect(() => resolve({ file })).toThrow('expected the configuration file to hold one JSON object');
  });
});

it('batches are accumulated up to totalBatchTokens, and steps counted by steps or tokens, whichever is fewer', () => {
  const of = (flags: object) => trainingOf(resolve({ flags: { batchSize: 2, maxSteps: 10, ...flags } }));
  const learner = { arch: 'gpt', context: 8 };
  expect(accumulationOf(of({}), learner)).toBe(1);
  expect(accumulationOf(of({ totalBatchTokens: 16 }), learner)).toBe(1);
  expect(accumulationOf(of({ totalBatchTokens: 17 }), learner)).toBe(2);
  expect(accumulationOf(of({ totalBatchTokens: 3 }), learner)).toBe(1);
  expect(tokensPerStep(of({}), learner)).toBe(16);
  expect(tokensPerStep(of({ totalBatchTokens: 17 }), learner)).toBe(32);
  expect(plannedSteps(of({}), learner)).toBe(10);
  expect(plannedSteps(of({ maxTokens: 33 }), learner)).toBe(3);
  expect(plannedSteps(of({ maxTokens: 1e6 }), learner)).toBe(10);
});

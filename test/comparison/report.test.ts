import { describe, expect, it } from 'vitest';
import {
  asMarkdown,
  asText,
  type ComparisonEntry,
  type ComparisonReport,
  chartOf,
  tableOf,
} from '../../src/comparison/report.ts';
import { resolveSettings } from '../../src/settings/settings.ts';

const evaluation = { loss: Math.LN2 * 3, tokens: 999, bitsPerByte: 1.5 };
const figures = [
  { label: 'loss', text: '2.0794', unit: 'nats per token' },
  { label: 'perplexity', text: '8.000' },
  { label: 'bits per byte', text: '1.5000' },
];

const gpt: ComparisonEntry = {
  arch: 'gpt',
  shape: '4 layers, 4 heads, width 128, context 64',
  checkpoint: 'out/gpt/step-000010',
  settings: resolveSettings({ arch: 'gpt', preset: 'baby' }),
  parameters: 200_000,
  tokens: 7680,
  seconds: 12.4,
  tokensPerSecond: 1234.4,
  evaluation,
  figures,
  conditions: 'every window of 64 tokens starts afresh; stride 64',
  afresh: evaluation,
  curve: [
    [0, 4],
    [7680, 2.1],
  ],
  sample: 'Once\n# no heading\n```\nno fence',
};
const lstm: ComparisonEntry = {
  ...gpt,
  arch: 'lstm',
  shape: '2 layers, width 256, context 64',
  settings: resolveSettings({ arch: 'lstm', preset: 'baby' }),
  parameters: 199_000,
  evaluation: { ...evaluation, loss: 2 },
  figures: [{ ...figures[0]!, text: '2.0000' }, { ...figures[1]!, text: '7.389' }, figures[2]!],
  conditions: 'state carried; stride 64',
  afresh: { ...evaluation, loss: 2.05 },
  sample: `${'long '.repeat(40)}end`,
};

const split = { tokens: 1000, bytes: 2000, documents: 3, sha256: 'ab' };
const report: ComparisonReport = {
  format: 1,
  created: '2026-01-01T00:00:00.000Z',
  data: {
    folder: 'data/x',
    format: 1,
    kind: 'tokens',
    dtype: 'uint16',
    tokenizer: { name: 'bpe', kind: 'bpe', vocabSize: 512, fingerprint: 'f00' },
    source: 'a test',
    seed: 1,
    valFraction: 0.1,
    splitRule: 'by hand',
    splits: { train: { ...split, tokens: 9000 }, val: { ...split, nats: 500 } },
  },
  match: 'parameters',
  equalTerms: 'every window afresh',
  backend: { name: 'plain', detail: 'one thread' },
  precision: 'fp32',
  machine: { node: 'v20', platform: 'linux-x64', cpu: 'a chip', cores: 2 },
  floor: { loss: 0.5, bitsPerByte: 0.36 },
  sampling: { temperature: 0.8, maxTokens: 200, seed: 1 },
  entries: [gpt, lstm],
};

describe('tableOf', () => {
  it('has a column for each architecture', () => {
    expect(tableOf(report)).toEqual([
      ['', 'gpt', 'lstm'],
      ['parameters', '200,000', '199,000'],
      ['difference in parameters', '–', '−0.50%'],
      ['tokens trained on', '7,680', '7,680'],
      ['training time', '12 s', '12 s'],
      ['training speed, tokens/s', '1,234', '1,234'],
      ['loss, nats per token', '2.0794', '2.0000'],
      ['loss, every window afresh', '2.0794', '2.0500'],
      ['perplexity', '8.000', '7.389'],
      ['bits per byte', '1.5000', '1.5000'],
      ['loss above the floor', '+1.5794', '+1.5000'],
    ]);
  });

  it('says nothing of a floor that is not known', () => {
    const { floor: _, ...without } = report;
    expect(tableOf(without).at(-1)![0]).toBe('bits per byte');
    expect(asMarkdown(without, 'loss.svg')).not.toContain('floor');
    expect(chartOf(without)).not.toContain('floor');
  });
});

describe('asText', () => {
  it('aligns the columns and names the lowest loss', () => {
    const lines = asText(report).split('\n');
    expect(lines[1]).toBe('parameters                 200,000  199,000');
    expect(new Set(lines.slice(0, 11).map((line) => line.length)).size).toBe(1);
    expect(lines.at(-1)).toBe('Lowest loss: lstm, 2.0000 nats per token (gpt +0.0794).');
  });
});

describe('asMarkdown', () => {
  const markdown = asMarkdown(report, 'loss.svg');

  it.each([
    '|  | gpt | lstm |',
    '| --- | ---: | ---: |',
    '](loss.svg)',
    '0.5000 nats per token or 0.3600 bits per byte',
    '- Text: a test, in data/x; 9,000 training and 1,000 validation tokens; split: by hand.',
    '- Tokenizer: bpe, 512 kinds of token, the same for all, so their perplexities may be compared.',
    'the very same batches in the same order: 12 windows of 64 tokens, drawn from seed 1337.',
    '- Conditions of lstm: state carried; stride 64.',
    '- Machine: a chip, 2 cores, linux-x64, Node v20; backend plain (one thread), fp32.',
  ])('says %s', (sentence) => {
    expect(markdown).toContain(sentence);
  });

  it('lets no sample become markup, and breaks long lines between words', () => {
    expect(markdown).toContain('\n    Once\n    # no heading\n    ```\n    no fence\n');
    const long = markdown.split('\n').filter((line) => line.startsWith('    long'));
    expect(long.length).toBe(3);
    expect(long.map((line) => line.trim()).join(' ')).toBe(lstm.sample);
  });

  it('does not claim a match that was not made', () => {
    expect(asMarkdown({ ...report, match: 'none' }, 'loss.svg')).toContain(
      'Parameter counts were not matched.',
    );
  });
});

describe('chartOf', () => {
  it('draws a line for each architecture and the floor', () => {
    expect(chartOf(report)).toContain('gpt: 2.100, lstm: 2.100, floor: 0.5000');
  });
});

// What is written of a comparison: its table, its sentences, report.md.
import { describe, expect, it } from 'vitest';
import { asMarkdown } from '../../src/comparison/markdown.ts';
import { scalingOf } from '../../src/comparison/scaling.ts';
import { methodOf, scalingSentences, verdictOf } from '../../src/comparison/sentences.ts';
import { asTable, tableOf } from '../../src/comparison/table.ts';
import { reportOf } from './a-report.ts';

const report = reportOf();
const seeds = reportOf([
  [2.2, 2.3],
  [2.1, 2.3],
]);

describe('the table', () => {
  it('has a row for each entry and each compressor', () => {
    expect(tableOf(report)).toEqual([
      // biome-ignore format: a table
      ['', 'parameters', 'tokens, in training', 'FLOPs, in training', 'time, in training', 'tokens/s', 'memory, in training', 'loss, nats per token', 'perplexity', 'bits per byte', 'loss, every window afresh', 'above the floor'],
      // biome-ignore format: a table
      ['gpt', '200,000', '7,680', '9.22 × 10⁹', '12 s', '1,234', '1.0 MiB', '2.2500', '9.488', '2.2500', '2.2500', '+1.7500'],
      // biome-ignore format: a table
      ['lstm', '199,000 −0.50%', '7,680', '9.22 × 10⁹', '12 s', '1,234', '–', '2.0000', '7.389', '2.0000', '2.0000', '+1.5000'],
      ['gzip -9', ...Array(8).fill('–'), '2.5000', '–', '–'],
      ['floor', ...Array(6).fill('–'), '0.5000', '–', '0.3600', '–', '–'],
    ]);
  });

  it('gives the mean and the spread of several seeds', () => {
    const [header, gpt] = tableOf(seeds);
    const cell = (label: string) => gpt![header!.indexOf(label)];
    expect(cell('loss, nats per token')).toBe('2.2500 ± 0.0707'); // 0.1 / √2
    expect(cell('bits per byte')).toBe('2.2500 ± 0.0707');
  });

  it('says nothing of a floor that is not known', () => {
    const { floor: _, ...without } = report;
    expect(tableOf(without)[0]!.at(-1)).toBe('loss, every window afresh');
    expect(asMarkdown(without)).not.toContain('floor');
  });

  it('is aligned in a terminal', () => {
    const lines = asTable(report).split('\n');
    expect(lines).toHaveLength(5);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });
});

describe('the verdict', () => {
  it('names the lowest loss', () => {
    expect(verdictOf(report)).toBe('Lowest loss: lstm, 2.0000 nats per token (gpt +0.2500).');
  });

  it('calls nothing better inside the spread of the seeds', () => {
    expect(verdictOf(seeds)).toBe(
      'Lowest loss: lstm, 2.2000 ± 0.1414 nats per token over 2 seeds (gpt +0.0500, inside the spread).',
    );
    const apart = reportOf([
      [2.2, 2.3],
      [1.1, 1.3],
    ]);
    expect(verdictOf(apart)).not.toContain('spread');
  });
});

describe('scaling', () => {
  it('tells each architecture’s power of the loss above the floor, with its error', () => {
    const sized = [1e5, 1e6, 1e7].map((parameters, i) => ({
      ...report.entries[0]!,
      name: `gpt ${i}`,
      parameters,
      loss: { mean: 0.5 + 3 * parameters ** -0.1, spread: 0, count: 1 },
    }));
    const scaling = scalingOf(sized, report.floor!.loss);
    expect(scalingSentences({ ...report, entries: sized, scaling })).toEqual([
      'gpt: the loss above the floor falls as 3.00 · parameters^−0.100 ± 0.000.',
    ]);
  });
});

describe('report.md', () => {
  const markdown = asMarkdown(report);

  it.each([
    '# gpt and lstm compared',
    '| gpt | 200,000 |',
    '0.5000 nats per token or 0.3600 bits per byte',
    '- Text: a test, in data/x; 9,000 training and 1,000 validation tokens; split: by hand.',
    '- Tokenizer: bpe, 512 kinds of token, the same for all, so their perplexities may be compared.',
    '- Budget of each: 7680 tokens, rounded up to whole steps.',
    'the same batches in the same order: 12 windows of 64 tokens, drawn from seed 0.',
    '- There is one seed, 1337',
    '- Conditions of lstm: every window of 64 tokens starts afresh; stride 64.',
    '- Machine: a chip, 2 cores, linux-x64, Node v20; backend plain (one thread), fp32.',
  ])('says %s', (sentence) => {
    expect(markdown).toContain(sentence);
  });

  it('lets no sample become markup, and breaks long lines between words', () => {
    expect(markdown).toContain('\n    Once\n    # no heading\n    ```\n    no fence\n');
    const long = reportOf();
    long.entries[1]!.runs[0]!.sample = `${'long '.repeat(40)}end`;
    const lines = asMarkdown(long)
      .split('\n')
      .filter((line) => line.startsWith('    long'));
    expect(lines.length).toBe(3);
    expect(lines.map((line) => line.trim()).join(' ')).toBe(long.entries[1]!.runs[0]!.sample);
  });

  it('does not claim a match that was not made', () => {
    expect(methodOf({ ...report, match: 'none' })).toContain('Parameter counts were not matched.');
  });

  it('says how a learning rate was found', () => {
    const [first, ...others] = report.entries;
    const sweep = [
      { rate: 0.001, loss: 3 },
      { rate: 0.002, loss: 2 },
    ];
    expect(asMarkdown({ ...report, entries: [{ ...first!, sweep }, ...others] })).toContain(
      'of 0.001, 0.002 this rate led to the lowest loss on 25 % of the budget',
    );
  });
});

// report.html, as text: it asks for nothing, holds all, and obeys no sample. In a browser: page-in-chromium.test.ts.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ComparisonReport } from '../../src/comparison/findings.ts';
import { asHtml, figuresOf } from '../../src/comparison/page.ts';
import { bareReport, fakeLadder, fakeReport } from './fake-report.ts';

const HOSTILE = `</div></script><!--<script>alert(1)</script>"'&amp;`;
const METHOD = ['The same batches for all.', HOSTILE];

const htmlOf = (report: ComparisonReport) => asHtml(report, 'The gpt is best.', METHOD);
const rowsOf = (html: string) =>
  [...html.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row]) =>
    [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, cell]) => cell!.replaceAll(/<[^>]*>/g, '')),
  );
const figureNamed = (report: ComparisonReport, id: string) =>
  figuresOf(report).find((figure) => figure.id === id)!;

describe.each([
  ['with every optional part', fakeReport()],
  ['of several sizes', fakeLadder()],
  ['without any optional part', bareReport()],
])('a page %s', (_, report) => {
  const html = htmlOf(report);

  it('is one file that asks for no other', () => {
    // Without its script, which names namespaces of the web, its data and its icon.
    const markup = html.replaceAll(/<script>.*?<\/script>|<script type.*?<\/script>|href="data:[^"]*"/gs, '');
    expect(markup.match(/https?:|@import|url\(|\b(src|href)=/g)).toBeNull();
    expect(html.match(/<script[^>]+src/g)).toBeNull();
    expect(html).toContain(`content="default-src 'none';`);
  });

  it('names the only script that may run', () => {
    const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)];
    expect(scripts.length).toBe(1);
    const hash = createHash('sha256').update(scripts[0]![1]!).digest('base64');
    expect(html).toContain(`script-src 'sha256-${hash}'`);
    expect(scripts[0]![1]).not.toContain('<!--');
  });

  it('has a row for each entry, and a heading for each cell', () => {
    const [header, ...rows] = rowsOf(html);
    expect(rows.map(([name]) => name)).toEqual([
      ...report.entries.map(({ name }) => name),
      ...report.compressors.map(({ name }) => name),
      ...(report.floor ? ['floor'] : []),
    ]);
    for (const row of rows) expect(row.length).toBe(header!.length);
    expect(html.match(/<th\b(?! scope=)/g)).toBeNull();
  });

  it('adds less than 120 kB to what was found', () => {
    const [found] = html.match(/(?<=id="figures">).*?(?=<\/script>)/)!;
    expect(html.length - found.length).toBeLessThan(120_000);
    expect(JSON.parse(found).map(({ id }: { id: string }) => id)).toEqual(
      figuresOf(report).map(({ id }) => id),
    );
  });
});

describe('the table', () => {
  it('gives means with their spread, and others the columns that they share', () => {
    const [header, gpt, , , gzip, , floor] = rowsOf(htmlOf(fakeReport()));
    expect(header).toEqual([
      'model',
      'parameters',
      'tokens in training',
      'FLOPs in training',
      'time in training',
      'tokens/s',
      'memory in training',
      'loss nats per token',
      'perplexity',
      'bits per byte',
      'loss every window afresh',
      'loss on shuffled text',
      'above the floor',
    ]);
    expect(gpt!.slice(0, 7)).toEqual([
      'gpt',
      '1,003,520',
      '6,144,000',
      '3.82 × 10¹³',
      '4 min 47 s',
      expect.stringMatching(/^21,\d{3}$/),
      '202.9 MiB',
    ]);
    expect(gpt![7]).toMatch(/^1\.\d{4} ± 0\.00\d\d$/);
    expect(gpt![8]).toMatch(/^3\.\d{3} ± 0\.\d{3}$/);
    expect(gzip!.filter(Boolean)).toEqual(['gzip -9', '1.9131']);
    expect(gzip![9]).toBe('1.9131');
    expect([floor![7], floor![9]]).toEqual(['0.9820', '0.5228']);
  });

  it('marks the lowest loss and what the spread cannot tell from it, and no other', () => {
    const report = fakeReport();
    const [first, second, third] = report.entries;
    first!.loss = { mean: 1.2, spread: 0.01, count: 3 };
    second!.loss = { mean: 1.215, spread: 0.01, count: 3 };
    third!.loss = { mean: 1.25, spread: 0.01, count: 3 };
    const marked = [...htmlOf(report).matchAll(/<strong>(.*?)<\/strong>/g)].map(([, text]) => text);
    expect(marked).toEqual(['1.2000', '1.2150']);
  });

  it('has room for compressors where the task has no bits per byte', () => {
    const report = { ...bareReport(), compressors: [{ name: 'gzip', bitsPerByte: 1.5 }] };
    for (const { runs } of report.entries) for (const run of runs) run.figures = run.figures.slice(0, 1);
    const rows = rowsOf(htmlOf(report));
    expect(rows[0]!.at(-1)).toBe('bits per byte');
    expect(rows.map((row) => row.at(-1)).slice(1)).toEqual(['–', '–', '–', '1.5000']);
  });
});

describe('the figures', () => {
  it('are all there where there is something to draw, and none where not', () => {
    const ids = (report: ComparisonReport) => figuresOf(report).map(({ id }) => id);
    expect(ids(fakeLadder())).toEqual(['loss', 'position', 'calibration', 'scaling', 'sweep']);
    expect(ids(bareReport())).toEqual(['loss']);
    const report = bareReport();
    for (const { runs } of report.entries) for (const run of runs) run.curve = [];
    expect(ids(report)).toEqual([]);
    expect(htmlOf(report)).toContain('>gpt</th>');
  });

  it('of a profile that holds nothing are none', () => {
    const report = fakeReport();
    for (const { runs } of report.entries)
      for (const run of runs)
        run.profile = { windows: 0, lossByPosition: [], shuffledLoss: 0, calibration: [] };
    expect(figuresOf(report).map(({ id }) => id)).toEqual(['loss', 'sweep']);
  });

  it('of the loss: the mean where all seeds were measured, over tokens, operations and seconds', () => {
    const report = fakeReport();
    const entry = report.entries[0]!;
    entry.flopsPerToken = 10;
    const curves = [
      [
        { tokens: 0, seconds: 0, loss: 5 },
        { tokens: 100, seconds: 2, loss: 3 },
        { tokens: 200, seconds: 4, loss: NaN },
      ],
      [
        { tokens: 100, seconds: 4, loss: 2 },
        { tokens: 200, seconds: 6, loss: 1 },
      ],
    ];
    entry.runs = curves.map((curve, i) => ({ ...entry.runs[i]!, curve }));
    const { views } = figureNamed({ ...report, entries: [entry] }, 'loss');
    const main = views.map(({ lines }) => lines.find(({ kind }) => kind === 'main')!.points);
    const note = `± ${Math.SQRT1_2.toFixed(4)}`;
    expect(main).toEqual([[[100, 2.5, note]], [[1000, 2.5, note]], [[3, 2.5, note]]]);
    const seeds = views[0]!.lines.filter(({ kind }) => kind === 'seed').map(({ points }) => points);
    expect(seeds).toEqual([
      [
        [0, 5],
        [100, 3],
      ],
      [
        [100, 2],
        [200, 1],
      ],
    ]);
  });

  it.each([
    [{ tokens: 1 }, 'Tokens'],
    [{ flops: 1 }, 'FLOPs'],
    [{ seconds: 1 }, 'Seconds'],
  ])('of the loss begin with what all had the same of: %j', (budget, name) => {
    const { views, first } = figureNamed({ ...fakeReport(), budget }, 'loss');
    expect(views[first]!.name).toBe(name);
  });

  it('of the position: early ones as they are, later ones in groups that lose none', () => {
    const report = fakeReport();
    const lossByPosition = Array.from({ length: 40 }, (_, i) => i);
    for (const { runs } of report.entries)
      for (const run of runs) run.profile = { windows: 1, lossByPosition, shuffledLoss: 0, calibration: [] };
    const { points } = figureNamed(report, 'position').views[0]!.lines[0]!;
    expect(points.slice(0, 2)).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(points.slice(14, 17)).toEqual([
      [15, 14],
      [Math.sqrt(16 * 17), 15.5, 'at 16 to 17'],
      [Math.sqrt(18 * 19), 17.5, 'at 18 to 19'],
    ]);
    expect(points.at(-1)![2]).toMatch(/ to 40$/);
  });

  it('of calibration: the seeds’ bins weighed by what they hold, and the mean distance told', () => {
    const report = fakeReport();
    const entry = report.entries[0]!;
    const bins = [
      { count: 30, confidence: 0.22, accuracy: 0.2 },
      { count: 10, confidence: 0.26, accuracy: 0.4 },
    ];
    entry.runs = bins.map((bin, i) => ({
      ...entry.runs[i]!,
      profile: { windows: 1, lossByPosition: [1], shuffledLoss: 4, calibration: [bin] },
    }));
    const { views, caption } = figureNamed({ ...report, entries: [entry] }, 'calibration');
    const [[confidence, accuracy, note]] = views[0]!.lines.at(-1)!.points as [[number, number, string]];
    expect([confidence, accuracy]).toEqual([expect.closeTo(0.23, 12), expect.closeTo(0.25, 12)]);
    expect(note).toBe('of 40');
    expect(caption).toContain('gpt: 2.0.');
  });

  it('of scaling: points above the floor, and the law through them with its error', () => {
    const report = fakeLadder();
    const [fit, dots] = figureNamed(report, 'scaling').views[0]!.lines;
    const { points, law } = report.scaling![0]!;
    expect(dots!.points[0]).toEqual([points[0]!.parameters, points[0]!.loss - report.floor!.loss]);
    expect(fit!.points.at(-1)![1]).toBeCloseTo(law!.factor * points[2]!.parameters ** law!.exponent, 12);
    expect(dots!.name).toMatch(/^gpt: exponent −0\.\d{3} ± 0\.\d{3}$/);
  });

  it('of scaling: points alone where no law was fitted', () => {
    const report = fakeLadder();
    const scaling = report.scaling!.map(({ arch, points }) => ({ arch, points }));
    const { lines } = figureNamed({ ...report, scaling }, 'scaling').views[0]!;
    expect(lines.map(({ kind, name }) => [kind, name])).toEqual([
      ['dots', 'gpt'],
      ['dots', 'lstm'],
    ]);
  });
});

it('shows hostile text as it stands', () => {
  const report = fakeReport();
  report.entries[0]!.name = HOSTILE;
  report.entries[0]!.runs[0]!.sample = HOSTILE;
  report.sampling!.prompt = HOSTILE;
  report.compressors[0]!.name = HOSTILE;
  report.data.source = HOSTILE;
  const html = asHtml(report, HOSTILE, [HOSTILE]);
  expect(html).not.toContain('alert(1)</script>');
  expect(html).not.toContain('<!--');
  expect(html.match(/<\/script>/g)!.length).toBe(2);
  expect(html.match(/<script/g)!.length).toBe(2);
});

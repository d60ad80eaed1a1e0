// Line charts: where points, ticks and labels are drawn, and that any input gives well-formed SVG.
import { describe, expect, it } from 'vitest';
import { type Chart, lineChart } from '../../src/base/chart.ts';

const BASE = { title: 'Loss', xLabel: 'steps', yLabel: 'nats' };
const draw = (chart: Partial<Chart>) => lineChart({ ...BASE, series: [], ...chart });

/** Every tag closed in order, no bare & or <: throws where a browser would refuse the picture. */
function checkXml(svg: string): void {
  const open: string[] = [];
  const rest = svg.replace(
    /<(\/?)([a-z]+)((?:\s+[\w:-]+="[^"<&]*")*)\s*(\/?)>/gi,
    (_, close, name, __, empty) => {
      if (close) expect(open.pop()).toBe(name);
      else if (!empty) open.push(name);
      return '';
    },
  );
  expect(open).toEqual([]);
  expect(rest.replace(/&#\d+;/g, '')).not.toMatch(/[<&]/);
}

/** The numbers of the i-th curve's path, in pairs. */
function curve(svg: string, i = 0): number[][] {
  const path = [...svg.matchAll(/<g class="c[^"]*"><path d="M([^h"]*)"/g)][i]![1]!;
  return path.split('L').map((pair) => pair.split(' ').map(Number));
}

function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]!);
}

function labelHeights(svg: string): number[] {
  return [...svg.matchAll(/class="name" x="[\d.]+" y="([\d.]+)"/g)].map((match) => Number(match[1]));
}

describe('lineChart', () => {
  it('draws each point at its place between the axes', () => {
    // y from 0 to 10 and a margin of 0.6 above only: nothing lies below zero. The plot is 306 high.
    const [first, middle, last] = curve(
      draw({
        series: [
          {
            name: 'a',
            points: [
              [0, 0],
              [5, 5],
              [20, 10],
            ],
          },
        ],
      }),
    );
    const right = last![0]!;
    expect([first![0], middle![0]! / right]).toEqual([0, expect.closeTo(0.25, 3)]);
    expect(first![1]).toBe(306);
    expect(middle![1]).toBeCloseTo(306 * (1 - 5 / 10.6), 1);
    expect(last![1]).toBeCloseTo(306 * (0.6 / 10.6), 1);
  });

  it('labels its axes with round numbers', () => {
    const shown = texts(
      draw({
        series: [
          {
            name: 'a',
            points: [
              [0, 1.9],
              [25000, 4.3],
            ],
          },
        ],
      }),
    );
    expect(shown).toEqual(
      expect.arrayContaining(['2', '2.5', '3', '3.5', '4', '0', '5K', '10K', '20K', '25K']),
    );
  });

  it('spaces powers of ten evenly on a logarithmic x axis and leaves out what has no logarithm', () => {
    const points: [number, number][] = [
      [-1, 5],
      [0, 4],
      [1, 3],
      [10, 2],
      [100, 1],
    ];
    const svg = draw({ logX: true, series: [{ name: 'a', points }] });
    const xs = curve(svg).map(([x]) => x!);
    expect(xs).toHaveLength(3);
    expect(xs[1]! / xs[2]!).toBeCloseTo(0.5, 2);
    expect(texts(svg)).toEqual(expect.arrayContaining(['1', '2', '5', '10', '20', '50', '100']));
  });

  it('shows the tail of a loss curve: what is far above it leaves the picture, and the picture says so', () => {
    const points = Array.from({ length: 1000 }, (_, i): [number, number] => [
      i,
      1.9 + 8.9 * Math.exp(-i / 20),
    ]);
    const svg = draw({ series: [{ name: 'a', points }] });
    expect(texts(svg)).toContain('values up to 10.8 lie above the picture');
    const height = (at: number) =>
      curve(svg).findLast(([x]) => x! <= (at / 999) * curve(svg).at(-1)![0]!)![1]!;
    // 1.9 + 8.9·e^−4 = 2.06: were all of 1.9…10.8 shown, this would be 5 of 306 pixels above the end.
    expect(height(999) - height(80)).toBeGreaterThan(50);
  });

  it('shows every value of a series that is short or hardly varies', () => {
    const few = draw({
      series: [
        {
          name: 'a',
          points: [
            [0, 10.8],
            [1, 3],
            [2, 1.9],
          ],
        },
      ],
    });
    const line = draw({ series: [{ name: 'a', points: Array.from({ length: 500 }, (_, i) => [i, i]) }] });
    for (const svg of [few, line]) expect(svg).not.toContain('above the picture');
  });

  it('never hides all of a series because another one is far lower', () => {
    const flat = (y: number) => Array.from({ length: 100 }, (_, i): [number, number] => [i, y]);
    const series = [...Array.from({ length: 20 }, () => 2), 9].map((y, i) => ({
      name: `${i}`,
      points: flat(y),
    }));
    const svg = draw({ series });
    for (const [, y] of curve(svg, 20)) expect(y).toBeGreaterThan(0);
  });

  it('draws few of thousands of points, and every spike among them', () => {
    const points = Array.from({ length: 50_000 }, (_, i): [number, number] => [
      i,
      i === 31_415 ? 0 : 5 + (i % 2),
    ]);
    const thinned = curve(draw({ series: [{ name: 'a', points }] }));
    expect(thinned.length).toBeLessThan(1300);
    expect(Math.max(...thinned.map(([, y]) => y!))).toBe(306);
    expect(thinned.map(([x]) => x)).toEqual(thinned.map(([x]) => x!).sort((a, b) => a - b));
  });

  it('keeps the labels of lines apart and inside the picture, in the order in which the lines end', () => {
    const series = Array.from({ length: 9 }, (_, i) => ({
      name: `s${i}`,
      points: [
        [0, 5],
        [1, 1 + i / 100],
      ] as const,
    }));
    const svg = draw({ series, lines: [{ name: 'floor', y: 0.99 }] });
    const heights = labelHeights(svg);
    expect(heights).toHaveLength(10);
    for (const [i, y] of heights.entries()) {
      if (i > 0) expect(y - heights[i - 1]!).toBeGreaterThanOrEqual(16.8);
      expect(y).toBeGreaterThan(60);
      expect(y).toBeLessThan(380);
    }
    expect(texts(svg).filter((text) => /^s\d|floor/.test(text))).toEqual([
      's8',
      's7',
      's6',
      's5',
      's4',
      's3',
      's2',
      's1',
      's0',
      'floor',
    ]);
  });

  it.each<[string, Partial<Chart>]>([
    ['no series', {}],
    ['an empty series', { series: [{ name: 'a', points: [] }] }],
    ['one point', { series: [{ name: 'a', points: [[3, 3]] }] }],
    ['one point at the origin', { series: [{ name: 'a', points: [[0, 0]] }] }],
    [
      'a constant',
      {
        series: [
          {
            name: 'a',
            points: [
              [0, -7],
              [9, -7],
            ],
          },
        ],
      },
    ],
    [
      'a difference of one bit',
      {
        series: [
          {
            name: 'a',
            points: [
              [0, 1e90],
              [1, 1e90 * (1 + 2 ** -52)],
            ],
          },
        ],
      },
    ],
    [
      'values that are no numbers',
      {
        series: [
          {
            name: 'a',
            points: [
              [0, Number.NaN],
              [1, Infinity],
              [2, 1e300],
              [3, 1],
            ],
          },
        ],
      },
    ],
    [
      'only a line',
      {
        lines: [
          { name: 'floor', y: 2 },
          { name: 'none', y: Number.NaN },
        ],
      },
    ],
    ['a logarithmic axis without a positive x', { logX: true, series: [{ name: 'a', points: [[0, 1]] }] }],
    ['a logarithmic axis of one x', { logX: true, series: [{ name: 'a', points: [[1, 1]] }] }],
    [
      'sixty series',
      {
        series: Array.from({ length: 60 }, (_, i) => ({
          name: `${i}`,
          points: [
            [0, i],
            [1, i],
          ] as const,
        })),
      },
    ],
  ])('draws %s as well-formed SVG', (_, chart) => {
    const svg = draw(chart);
    expect(svg).not.toMatch(/NaN|Infinity|undefined|null/);
    checkXml(svg);
  });

  it('is well-formed XML whatever characters the names have', () => {
    const name = '<b> & "q" \u0000\u001b\ud800 😀';
    const svg = lineChart({ title: name, xLabel: name, yLabel: name, series: [{ name, points: [[0, 1]] }] });
    checkXml(svg);
    expect(svg).toContain('&#60;b&#62; &#38; &#34;q&#34;     😀');
    expect(svg).not.toMatch(/\p{Cs}/u);
  });

  it('describes itself in words to screen readers', () => {
    const svg = draw({
      series: [
        {
          name: 'gpt',
          points: [
            [0, 4],
            [1, 1.98765],
          ],
        },
      ],
      lines: [{ name: 'entropy', y: 1.5 }],
    });
    expect(svg).toContain('role="img"');
    expect(svg).toContain('<title>Loss</title>');
    expect(svg).toContain('<desc>nats by steps; at the end, gpt: 1.988, entropy: 1.500</desc>');
  });
});

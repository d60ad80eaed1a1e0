// The heat map: each value where it belongs, and nothing of a text that a browser would obey.
import { expect, it } from 'vitest';
import { heatMap } from '../../src/evaluation/heat-map.ts';

const map = { title: 'Looks', rows: ['<b', '&'], columns: ['a', ' ', 'c'] };
const values = [
  [0, 0.25, 0.75],
  [1, 0, 0],
];

it('a heat map has a cell for each value, as dark as it is large, named by its row and column', () => {
  const svg = heatMap({ ...map, values });
  const cells = [...svg.matchAll(/<rect x="(\d+)" y="(\d+)"[^>]* fill-opacity="([\d.]+)"><title>([^<]*)</g)];
  expect(cells.map(([, , , opacity]) => Number(opacity))).toEqual(values.flat());
  expect(cells.map(([, , , , name]) => name)).toContain('&lt;b looks at ␣: 0.250');
  expect(new Set(cells.map(([, x]) => x)).size).toBe(3);
  expect(new Set(cells.map(([, , y]) => y)).size).toBe(2);
});

it('a heat map escapes what its texts hold', () => {
  const svg = heatMap({ ...map, values });
  expect(svg).not.toContain('<b');
  expect(svg).toContain('>&amp;</text>');
});

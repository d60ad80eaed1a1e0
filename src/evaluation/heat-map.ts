// A heat map as a self-contained SVG, readable in light and dark: the darker, or in the dark the brighter, the larger.

export interface HeatMap {
  title: string;
  /** What stands at the left of each row, and above each column. */
  rows: readonly string[];
  columns: readonly string[];
  /** Row by row, each from 0 to 1. */
  values: readonly (readonly number[])[];
}

const [CELL, LETTER, TOP] = [18, 8, 44];

/**
 * Draws a heat map, as the text of an SVG file.
 * @example
 * import { writeFileSync } from 'node:fs';
 * import { heatMap } from 'tsgpt';
 * const map = { title: 'Attention', rows: ['c', 'b'], columns: ['b', 'c'], values: [[0.1, 0.9], [0.8, 0.2]] };
 * writeFileSync('attention.svg', heatMap(map));
 */
export function heatMap({ title, rows, columns, values }: HeatMap): string {
  const left = 16 + LETTER * longest(rows);
  const top = TOP + LETTER * longest(columns);
  const [width, height] = [left + CELL * columns.length + 16, top + CELL * rows.length + 16];
  const cells = values.flatMap((row, i) =>
    row.map(
      (value, j) =>
        `<rect x="${left + CELL * j}" y="${top + CELL * i}" width="${CELL - 1}" height="${CELL - 1}" fill-opacity="${value.toFixed(3)}">` +
        `<title>${escaped(rows[i]!)} looks at ${escaped(columns[j]!)}: ${value.toFixed(3)}</title></rect>`,
    ),
  );
  const beside = rows.map(
    (name, i) =>
      `<text x="${left - 6}" y="${top + CELL * (i + 0.7)}" text-anchor="end">${escaped(name)}</text>`,
  );
  const above = columns.map((name, j) => {
    const [x, y] = [left + CELL * (j + 0.7), top - 6];
    return `<text x="${x}" y="${y}" transform="rotate(-90 ${x} ${y})">${escaped(name)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<style>text { font: 13px ui-monospace, monospace; fill: #222; white-space: pre } rect { fill: #0072b2 } .back { fill: #fff }
@media (prefers-color-scheme: dark) { text { fill: #ddd } rect { fill: #4aa8e8 } .back { fill: #111 } }</style>
<rect class="back" width="100%" height="100%"/>
<text x="16" y="24">${escaped(title)}</text>
${[...cells, ...beside, ...above].join('\n')}
</svg>
`;
}

function longest(names: readonly string[]): number {
  return names.reduce((most, name) => Math.max(most, name.length), 1);
}

/** Spaces are shown as what can be seen. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(' ', '␣')
    .replaceAll('\n', '↵');
}

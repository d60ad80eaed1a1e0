// A line chart as a self-contained SVG, readable in light and dark. Each line is named at its right, in order of its end.

export interface Chart {
  title: string;
  xLabel: string;
  yLabel: string;
  /** The points in order of x. Those that are not finite, or not above 0 on a logarithmic x axis, are left out. */
  series: { name: string; points: readonly Point[]; dashed?: boolean }[];
  /** Horizontal lines, such as the entropy of the data. */
  lines?: { name: string; y: number }[];
  logX?: boolean;
}
type Point = readonly [x: number, y: number];

const [WIDTH, HEIGHT, LEFT, TOP] = [720, 420, 64, 62];
const PLOT = HEIGHT - TOP - 52; // the height of the area inside the axes
const [LETTER, LONGEST_NAME] = [7, 26]; // a letter's width is an upper estimate
const FEW_POINTS = 40; // up to so many points are marked one by one
// The colours follow Okabe and Ito's for colour-blind readers, darker on white and lighter on black.
const LIGHT = ['#0072b2', '#d55e00', '#008562', '#b0568a', '#a87400', '#2f8fc4'];
const DARK = ['#4aa8e8', '#ff8a3d', '#2fc79a', '#e79bc6', '#f0b429', '#8fd3ff'];

/**
 * Draws lines over a common x axis, as the text of an SVG file that is readable in light and dark.
 * @example
 * import { writeFileSync } from 'node:fs';
 * import { lineChart } from 'tsgpt';
 * const points = [[0, 4.2], [100, 3.1], [200, 2.7]] as const;
 * const svg = lineChart({ title: 'Loss', xLabel: 'steps', yLabel: 'nats', series: [{ name: 'GPT', points }] });
 * writeFileSync('loss.svg', svg);
 */
export function lineChart({ title, xLabel, yLabel, logX, ...chart }: Chart): string {
  const toAxis = (x: number) => (logX ? Math.log10(x) : x);
  const series = chart.series.map(({ name, points, dashed }, i) => {
    const usable = points.map(([x, y]) => [toAxis(x), y] as const).filter((p) => p.every(isUsable));
    const style = `c${i % LIGHT.length}${dashed ? ' dashed' : ''}`;
    return { name, style, points: usable, end: usable.at(-1)?.[1] };
  });
  const levels = (chart.lines ?? []).filter(({ y }) => isUsable(y));
  const names = [...series, ...levels.map(({ name, y }) => ({ name, style: 'level', end: y }))];
  const longest = Math.max(6, ...names.map(({ name }) => Math.min(name.length, LONGEST_NAME)));
  const width = WIDTH - LEFT - 40 - LETTER * longest;
  const all = series.flatMap(({ points }) => points);
  const ys = [...series.flatMap(({ points }) => limits(points)), ...levels.map(({ y }) => y)];
  const [left, right] = range(all.map(([x]) => x));
  const [low, high] = range(ys, 0.06);
  const highest = all.reduce((most, [, y]) => Math.max(most, y), low);
  const note = highest > high ? `values up to ${highest.toPrecision(3)} lie above the picture` : '';
  const xOf = (x: number) => tenth(((x - left) / (right - left)) * width);
  const yOf = (y: number) => tenth(((high - y) / (high - low)) * PLOT);
  const rows = ticks(low, high).map((value) => {
    const y = tenth(TOP + yOf(value));
    return `<path class="grid" d="M${LEFT} ${y}h${width}"/>${text(LEFT - 8, y + 4, number(value), 'end')}`;
  });
  const columns = (logX ? logTicks(left, right) : ticks(left, right)).map((value) => {
    const x = tenth(LEFT + xOf(value));
    const label = text(x, TOP + PLOT + 18, number(logX ? 10 ** value : value), 'middle');
    return `<path class="grid" d="M${x} ${TOP}v${PLOT}"/>${label}`;
  });
  const curves = series.map(({ points, style }) => {
    const at = thin(points.map(([x, y]) => [xOf(x), yOf(y)]));
    const dots = at.length > FEW_POINTS ? [] : at.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="2.5"/>`);
    return `<g class="${style}"><path d="M${at.map(([x, y]) => `${x} ${y}`).join('L') || '0 0'}"/>${dots.join('')}</g>`;
  });
  curves.push(...levels.map(({ y }) => `<g class="level"><path d="M0 ${yOf(y)}h${width}"/></g>`));
  const labels = names.map((entry) => ({ ...entry, y: yOf(entry.end ?? low) }));
  const legend = spread(labels).map(({ name, style, y }) => {
    const [x, at] = [LEFT + width + 8, tenth(TOP + y)];
    const brief = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
    return `<g class="${style}"><path d="M${x} ${at}h20"/></g>${text(x + 26, at + 4, brief, 'start', 'name')}`;
  });
  const ends = names.map(({ name, end }) => `${name}: ${end?.toPrecision(4) ?? 'no data'}`);
  return `<svg xmlns="http://www.w3.org/2000/svg" class="tsgpt-chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>${xml(title)}</title>
<desc>${xml(`${yLabel} by ${xLabel}; at the end, ${ends.join(', ')}`)}</desc>
<style>${STYLE}</style>
<rect width="${WIDTH}" height="${HEIGHT}"/>
${text(LEFT, 28, title, 'start', 'title')}
${text(LEFT, 48, yLabel, 'start')}
${text(LEFT + width, 48, note, 'end')}
${text(LEFT + width / 2, HEIGHT - 12, xLabel, 'middle')}
${[...rows, ...columns].join('\n')}
<svg x="${LEFT - 4}" y="${TOP}" width="${width + 8}" height="${PLOT}" viewBox="-4 0 ${width + 8} ${PLOT}">
${curves.join('\n')}
</svg>
${legend.join('\n')}
${all.length > 0 ? '' : text(LEFT + width / 2, TOP + PLOT / 2, 'no data', 'middle')}
</svg>
`;
}

const theme = (colours: string[], page: string, strong: string, soft: string, grid: string) =>
  `${colours.map((c, i) => `--c${i}: ${c};`).join(' ')} --page: ${page}; --strong: ${strong}; --soft: ${soft}; --grid: ${grid};`;
const STYLE = `
.tsgpt-chart { ${theme(LIGHT, '#ffffff', '#1f2328', '#59636e', '#e4e7eb')} font: 12px system-ui, sans-serif }
@media (prefers-color-scheme: dark) { .tsgpt-chart { ${theme(DARK, '#0d1117', '#f0f3f6', '#a5afba', '#2a313a')} } }
.tsgpt-chart rect { fill: var(--page) } .tsgpt-chart text { fill: var(--soft) }
.tsgpt-chart .name, .tsgpt-chart .title { fill: var(--strong) } .tsgpt-chart .title { font-size: 16px; font-weight: 600 }
.tsgpt-chart path { fill: none; stroke: var(--line); stroke-width: 2; stroke-linejoin: round }
.tsgpt-chart circle { fill: var(--line) } .tsgpt-chart .grid { stroke: var(--grid); stroke-width: 1 }
.tsgpt-chart .dashed path { stroke-dasharray: 6 4 }
.tsgpt-chart .level path { stroke: var(--strong); stroke-width: 1.5; stroke-dasharray: 2 3 }
${LIGHT.map((_, i) => `.tsgpt-chart .c${i} { --line: var(--c${i}) }`).join('\n')}
`;

/** False for NaN, infinity, and values so large that sums would overflow. */
const isUsable = (value: number) => Math.abs(value) < 1e100;
const tenth = (value: number) => Math.round(value * 10) / 10;

// A loss starts high and falls fast; if all of it were shown, the rest would look flat. So the highest tenth of a series
// is cut off where it is far above the rest.
function limits(points: Point[]): number[] {
  const ys = Float64Array.from(points, ([, y]) => y).sort();
  const [min, usual, max] = [ys[0], ys[Math.ceil(0.9 * (ys.length - 1))], ys.at(-1)];
  if (min === undefined || usual === undefined || max === undefined) return [];
  return [min, max - min > 3 * (usual - min) ? min + 2 * (usual - min) : max];
}

/** Returns the range from the least to the greatest value with a margin, never below zero and never empty. */
function range(values: number[], margin = 0): [number, number] {
  if (values.length === 0) return [0, 1];
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const constant = high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  const pad = constant ? 0.1 * Math.abs(low) || 1 : margin * (high - low);
  return [low < 0 ? low - pad : Math.max(0, low - pad), high + pad];
}

/** Returns three to nine ticks, at multiples of 1, 2 or 5 times a power of ten. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 8;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((n) => n * power >= rough * 0.999)!;
  const [first, last] = [Math.ceil(low / step), Math.floor(high / step)];
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** Returns ticks at powers of ten, and at multiples of them where there is room, as exponents. */
function logTicks(low: number, high: number): number[] {
  const factors = high - low > 3 ? [1] : high - low > 1 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
  const every = Math.ceil((high - low) / 8);
  const powers = Array.from({ length: (high - low) / every + 2 }, (_, i) => Math.floor(low) + i * every);
  const found = powers.flatMap((power) => factors.map((n) => power + Math.log10(n)));
  return found.filter((at) => at >= low && at <= high);
}

/** Formats 5E-4, 1.25, 500, 20K; rounding to twelve digits removes the errors of binary fractions. */
function number(value: number): string {
  const size = Math.abs(value || 1);
  const notation = size < 1e-3 || size >= 1e15 ? 'scientific' : 'compact';
  return new Intl.NumberFormat('en-US', { notation, maximumSignificantDigits: 12 }).format(value);
}

/** Keeps only the lowest and the highest point in each column of pixels, so that no spike is lost. */
function thin(points: Point[]): Point[] {
  const kept: Point[] = [];
  for (let i = 0; i < points.length; ) {
    const column = Math.round(points[i]![0]);
    let [low, high] = [i, i];
    for (; i < points.length && Math.round(points[i]![0]) === column; i++) {
      if (points[i]![1] < points[low]![1]) low = i;
      if (points[i]![1] > points[high]![1]) high = i;
    }
    kept.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]).map((n) => points[n]!));
  }
  return kept;
}

/** Moves labels apart, keeping them in order and inside the picture. */
function spread<L extends { y: number }>(labels: L[]): L[] {
  const gap = Math.min(17, PLOT / labels.length);
  let free = 0;
  const place = (label: L, i: number): L => {
    const y = Math.min(Math.max(label.y, free), PLOT - (labels.length - 1 - i) * gap);
    free = y + gap;
    return { ...label, y };
  };
  return labels.toSorted((a, b) => a.y - b.y).map(place);
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end', style = ''): string {
  return `<text class="${style}" x="${tenth(x)}" y="${tenth(y)}" text-anchor="${anchor}">${xml(content)}</text>`;
}

/** Escapes the text, and replaces what XML cannot hold: control characters and lone surrogates. */
function xml(content: string): string {
  const legal = content.replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, ' ');
  return legal.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

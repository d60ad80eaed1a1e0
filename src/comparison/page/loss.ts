// The chart of the loss as training went on, against tokens, operations and seconds.
import type { ComparedRun, ComparisonEntry, ComparisonReport, CurvePoint } from '../findings.ts';
import { sampleOf } from '../statistics.ts';
import { type Axis, drawable, type Figure, type Line, looksOf, type Point, type View } from './figure.ts';

/** Where a point of a curve stands on an axis. */
type Place = (point: CurvePoint, entry: ComparisonEntry) => number;

const AXES: readonly { name: string; x: Axis; place: Place }[] = [
  { name: 'Tokens', x: { label: 'tokens seen', format: 'count' }, place: ({ tokens }) => tokens },
  {
    name: 'FLOPs',
    x: { label: 'training FLOPs', format: 'flops' },
    place: ({ tokens }, { flopsPerToken }) => tokens * flopsPerToken,
  },
  {
    name: 'Seconds',
    x: { label: 'training time', format: 'seconds' },
    place: ({ seconds }) => seconds,
  },
];
const MARGIN = 0.06;
/** Of the x axis: a loss starts high and falls fast, and were all of that seen, the rest would look flat. */
const STEEP = 0.1;

export function lossFigure(report: ComparisonReport): Figure | undefined {
  const views = AXES.map((axis) => viewOf(report, axis));
  if (views.every(({ lines }) => lines.length === 0)) return undefined;
  const { entries, budget = {}, floor } = report;
  const { range } = views[0]!.y;
  const highest = Math.max(...views[0]!.lines.flatMap(({ points }) => points.map(([, y]) => y)));
  const sentences = [
    entries.some(({ runs }) => runs.length > 1)
      ? 'A thick line is the mean over the seeds, each thin one a seed.'
      : '',
    'Training time is that of the steps alone.',
    floor ? 'No model can expect to go below the floor, the text’s own entropy.' : '',
    highest > range![1] ? `Losses up to ${highest.toPrecision(3)} lie above the picture.` : '',
    'Drag a frame to look closer; a double click goes back.',
  ];
  return {
    id: 'loss',
    title: 'Loss in training',
    caption: sentences.filter(Boolean).join(' '),
    views,
    first: 'flops' in budget ? 1 : 'seconds' in budget ? 2 : 0,
  };
}

function viewOf({ entries, floor }: ComparisonReport, { name, x, place }: (typeof AXES)[number]): View {
  const { label, unit } = entries[0]!.runs[0]!.figures[0]!;
  const y: Axis = { label: `validation ${label}${unit ? `, ${unit}` : ''}`, format: 'loss' };
  const looks = looksOf(entries);
  const lines = entries.flatMap((entry, i): Line[] => {
    const { runs } = entry;
    const line = (kind: Line['kind'], points: Point[]): Line => ({
      name: entry.name,
      kind,
      ...looks[i]!,
      points: drawable(points, { x, y }),
    });
    const curve = ({ curve }: ComparedRun) => curve.map((point): Point => [place(point, entry), point.loss]);
    const seeds = runs.length > 1 ? runs.map((run) => line('seed', curve(run))) : [];
    return [...seeds, line('main', meanCurve(entry, place))];
  });
  const drawn = lines.filter(({ points }) => points.length > 0);
  if (drawn.length > 0) y.range = rangeOf(drawn, floor?.loss);
  return { name, x, y, lines: drawn, level: floor && { name: 'floor', y: floor.loss } };
}

/** The mean over the seeds wherever all of them were measured, with its spread. */
function meanCurve(entry: ComparisonEntry, place: Place): Point[] {
  const [first, ...others] = entry.runs;
  return first!.curve.flatMap((point): Point[] => {
    const same = others.map(({ curve }) => curve.find(({ tokens }) => tokens === point.tokens));
    const points = [point, ...same].filter((found) => found !== undefined);
    if (points.length < entry.runs.length) return [];
    const { mean, spread, count } = sampleOf(points.map(({ loss }) => loss));
    const x = sampleOf(points.map((each) => place(each, entry))).mean;
    return count > 1 ? [[x, mean, `± ${spread.toFixed(4)}`]] : [[x, mean]];
  });
}

/** From the lowest loss, or the floor, to the highest after the steep beginning. */
function rangeOf(lines: readonly Line[], floor = Infinity): [low: number, high: number] {
  const tops = lines.map(({ points }) => {
    const end = points.at(-1)!;
    return Math.max(...points.filter(([x]) => x >= STEEP * end[0]).map(([, y]) => y));
  });
  const low = Math.min(floor, ...lines.flatMap(({ points }) => points.map(([, y]) => y)));
  const high = Math.max(...tops);
  const margin = MARGIN * (high - low) || 1;
  return [low - margin, high + margin];
}

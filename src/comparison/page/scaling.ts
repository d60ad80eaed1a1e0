// Charts of what was tried at several values: sizes, with the power law through them, and learning rates.
import type { ComparisonReport } from '../findings.ts';
import type { PowerLaw } from '../power-law.ts';
import { type Axis, drawable, type Figure, type Line, looksOf, type Point } from './figure.ts';

export function scalingFigure({ scaling, entries, floor }: ComparisonReport): Figure | undefined {
  if (!scaling) return undefined;
  const archs = [...new Set(entries.map(({ arch }) => arch))];
  const x: Axis = { label: 'parameters', format: 'count', log: true };
  const above = floor?.loss ?? 0;
  const y: Axis = {
    label: floor ? 'loss above the floor, nats per token' : 'loss, nats per token',
    format: 'loss',
    log: true,
  };
  const lines = scaling.flatMap(({ arch, points, law }): Line[] => {
    const look = { name: law ? `${arch}: ${exponent(law)}` : arch, colour: archs.indexOf(arch), dash: 0 };
    const dots = drawable(
      points.map(({ parameters, loss }): Point => [parameters, loss - above]).sort(([a], [b]) => a - b),
      { x, y },
    );
    const line = law ? ends(dots).map((at): Point => [at, law.factor * at ** law.exponent]) : [];
    return [
      ...(line.length > 0 ? [{ ...look, kind: 'fit' as const, points: line }] : []),
      { ...look, kind: 'dots', points: dots },
    ];
  });
  if (lines.every(({ points }) => points.length === 0)) return undefined;
  const caption = lines.some(({ kind }) => kind === 'fit')
    ? `A line is the power law fitted to the points: ${floor ? 'loss above the floor' : 'loss'} = factor × parameters^exponent; ± is the exponent’s standard error.`
    : '';
  const view = { name: '', x, y, lines: lines.filter(({ points }) => points.length > 0) };
  return { id: 'scaling', title: 'Scaling', caption, views: [view], first: 0 };
}

export function sweepFigure({ entries }: ComparisonReport): Figure | undefined {
  const x: Axis = { label: 'learning rate', format: 'rate', log: true };
  const y: Axis = { label: 'validation loss, nats per token', format: 'loss' };
  const looks = looksOf(entries);
  const swept = entries.flatMap(({ name, sweep }, i) => {
    const tried = (sweep ?? []).map(({ rate, loss }): Point => [rate, loss]).sort(([a], [b]) => a - b);
    const points = drawable(tried, { x, y });
    return points.length > 0 ? [{ name, kind: 'main' as const, ...looks[i]!, points }] : [];
  });
  if (swept.length === 0) return undefined;
  const lowest = swept.map(({ name, points }) => {
    const [rate] = points.reduce((least, point) => (point[1] < least[1] ? point : least));
    return `${name} at ${rate}`;
  });
  return {
    id: 'sweep',
    title: 'Learning rates tried',
    caption: `Each was trained for a short while with each rate; the loss was lowest for ${lowest.join(', ')}.`,
    views: [{ name: '', x, y, lines: swept }],
    first: 0,
  };
}

function exponent({ exponent, error }: PowerLaw): string {
  const minus = (value: number) => value.toFixed(3).replace('-', '−');
  return `exponent ${minus(exponent)}${error === undefined ? '' : ` ± ${minus(error)}`}`;
}

function ends(points: readonly Point[]): number[] {
  return points.length > 1 ? [points[0]![0], points.at(-1)![0]] : [];
}

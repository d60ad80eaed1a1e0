// Charts of where a loss comes from: the position in the context, and whether a model is as sure as it is right.
import { formatCount } from '../../base/format.ts';
import type { Profile } from '../../tasks/task.ts';
import type { ComparisonEntry, ComparisonReport } from '../findings.ts';
import { sampleOf } from '../statistics.ts';
import { type Axis, drawable, type Figure, type Line, looksOf, type Point } from './figure.ts';

/** A group of positions is as wide as a so-manieth of those before it. */
const SMOOTHING = 8;
const BINS = 10;
const SHARE = { format: 'share', range: [0, 1] } satisfies Partial<Axis>;

export function positionFigure({ entries, floor }: ComparisonReport): Figure | undefined {
  const x: Axis = { label: 'position in the context', format: 'count', log: true };
  const y: Axis = { label: 'loss, nats per token', format: 'loss' };
  const lines = linesOf(entries, (profiles) => drawable(smoothed(meanByPosition(profiles)), { x, y }));
  if (lines.length === 0) return undefined;
  const isLong = lines.some(({ points }) => points.some(([, , note]) => note));
  const sentences = [
    'The loss falls as far as a model makes use of what it has read.',
    isLong
      ? `From position ${2 * SMOOTHING} on, a point is the mean of neighbours, an eighth as many as stand before it.`
      : '',
  ];
  const level = floor && { name: 'floor', y: floor.loss };
  return figure('position', 'Loss by position', sentences.filter(Boolean), { name: '', x, y, lines, level });
}

export function calibrationFigure({ entries }: ComparisonReport): Figure | undefined {
  const x: Axis = { label: 'confidence', ...SHARE };
  const y: Axis = { label: 'accuracy', ...SHARE };
  const lines = linesOf(entries, (profiles) =>
    binned(profiles).map(({ count, confidence, accuracy }) => [
      confidence,
      accuracy,
      `of ${formatCount(count)}`,
    ]),
  );
  if (lines.length === 0) return undefined;
  const errors = entries.flatMap(({ name, runs }) => {
    const bins = binned(profilesOf(runs));
    const all = bins.reduce((sum, { count }) => sum + count, 0);
    const error = bins.reduce(
      (sum, { count, confidence, accuracy }) => sum + (count / all) * Math.abs(confidence - accuracy),
      0,
    );
    return all > 0 ? [`${name}: ${(100 * error).toFixed(1)}`] : [];
  });
  const guide: Line = {
    name: '',
    kind: 'guide',
    colour: 0,
    dash: 0,
    points: [
      [0, 0],
      [1, 1],
    ],
  };
  return figure(
    'calibration',
    'Calibration',
    [
      'Confidence is the probability of the likeliest token, accuracy how often that came.',
      'On the diagonal a model is as sure as it is right; below it, too sure.',
      `Mean distance from it, in percentage points: ${errors.join(', ')}.`,
    ],
    { name: '', x, y, lines: [guide, ...lines] },
  );
}

function figure(id: string, title: string, caption: string[], view: Figure['views'][number]): Figure {
  return { id, title, caption: caption.join(' '), views: [view], first: 0 };
}

function linesOf(entries: ComparisonEntry[], pointsOf: (profiles: Profile[]) => Point[]): Line[] {
  const looks = looksOf(entries);
  return entries.flatMap(({ name, runs }, i): Line[] => {
    const profiles = profilesOf(runs);
    const points = profiles.length > 0 ? pointsOf(profiles) : [];
    return points.length > 0 ? [{ name, kind: 'main', ...looks[i]!, points }] : [];
  });
}

function profilesOf(runs: ComparisonEntry['runs']): Profile[] {
  return runs.flatMap(({ profile }) => profile ?? []);
}

function meanByPosition(profiles: Profile[]): number[] {
  return profiles[0]!.lossByPosition.map(
    (_, i) => sampleOf(profiles.map(({ lossByPosition }) => lossByPosition[i]!)).mean,
  );
}

/** Positions count from 1; a group stands at the geometric mean of its ends. */
function smoothed(losses: readonly number[]): Point[] {
  const points: Point[] = [];
  for (let start = 0, end: number; start < losses.length; start = end) {
    end = Math.min(losses.length, start + Math.max(1, Math.floor((start + 1) / SMOOTHING)));
    const { mean } = sampleOf(losses.slice(start, end));
    points.push(
      end - start === 1
        ? [start + 1, mean]
        : [Math.sqrt((start + 1) * end), mean, `at ${formatCount(start + 1)} to ${formatCount(end)}`],
    );
  }
  return points;
}

/** The seeds' bins together. */
function binned(profiles: Profile[]): Profile['calibration'] {
  const all = profiles.flatMap(({ calibration }) => calibration);
  return Array.from({ length: BINS }, (_, bin) =>
    all.filter(({ confidence }) => Math.min(BINS - 1, Math.floor(confidence * BINS)) === bin),
  ).flatMap((bins) => {
    const count = bins.reduce((sum, bin) => sum + bin.count, 0);
    const mean = (key: 'confidence' | 'accuracy') =>
      bins.reduce((sum, bin) => sum + bin.count * bin[key], 0) / count;
    return count > 0 ? [{ count, confidence: mean('confidence'), accuracy: mean('accuracy') }] : [];
  });
}

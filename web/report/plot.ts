// One view of a figure, drawn by uPlot: the values at the pointer are told, and a rectangle drawn with it is looked into.
import uPlot from 'uplot';
import type { Axis, Line, Point, View } from '../../src/comparison/page/figure.ts';
import { ticks, tickText } from './axis.ts';
import { colourOf, dashOf, isRead } from './look.ts';
import { type Reading, Tip } from './tip.ts';

const [HEIGHT, LOW_HEIGHT, NARROW] = [340, 280, 480];
const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
const LETTER = 6.8; // the width of a digit
const FEW_POINTS = 40; // up to so many are marked one by one
/** Pixels that a pointer may wander and still only point. */
const STILL = 6;

export class Plot {
  readonly #view: View;
  readonly #uplot: uPlot;
  readonly #tip: Tip;
  /** All values of x, in order, and for each line its point there. */
  readonly #xs: number[];
  readonly #points: (Point | undefined)[][];

  constructor(view: View, into: HTMLElement) {
    this.#view = view;
    const all = view.lines.flatMap(({ points }) => points.map(([x]) => x));
    this.#xs = [...new Set(all)].sort((a, b) => a - b);
    this.#points = view.lines.map(({ points }) => {
      const at = new Map(points.map((point) => [point[0], point]));
      return this.#xs.map((x) => at.get(x));
    });
    const columns = this.#points.map((points) => points.map((point) => point?.[1] ?? null));
    this.#tip = new Tip(view);
    this.#uplot = new uPlot(this.#options(into), [this.#xs, ...columns], into);
    this.#uplot.over.append(this.#tip.element);
  }

  destroy(): void {
    this.#uplot.destroy();
  }

  resize(width: number): void {
    this.#uplot.setSize({ width, height: heightOf(width) });
  }

  /** Shows or hides every line of this name. */
  show(name: string, show: boolean): void {
    for (const [i, line] of this.#view.lines.entries())
      if (line.name === name && line.kind !== 'guide') this.#uplot.setSeries(i + 1, { show });
  }

  /** Points at the next place to the left or right where something was measured, and returns what it tells. */
  step(by: number): string {
    const read = this.#xs.filter((_, i) =>
      this.#view.lines.some((line, l) => isRead(line) && this.#points[l]![i]),
    );
    const { left } = this.#uplot.cursor;
    const now = left! < 0 ? -1 : nearest(read, (x) => Math.abs(this.#xOf(x) - left!));
    const at = read[Math.max(0, Math.min(read.length - 1, now + by))];
    if (at === undefined) return '';
    this.#uplot.setCursor({ left: this.#xOf(at), top: this.#uplot.over.clientHeight / 2 });
    return this.#tip.words;
  }

  leave(): void {
    this.#uplot.setCursor({ left: -10, top: -10 });
  }

  #xOf(x: number): number {
    return this.#uplot.valToPos(x, 'x');
  }

  #options(into: HTMLElement): uPlot.Options {
    const { x, y, lines, level } = this.#view;
    const ys = lines.flatMap(({ points }) => points.map(([, y]) => y));
    const yRange = y.range ?? padded(y, Math.min(...ys), Math.max(...ys));
    const width = into.clientWidth;
    const colour = (name: string) => () => getComputedStyle(into).getPropertyValue(name);
    const axis = (axis: Axis, space: number): uPlot.Axis => ({
      stroke: colour('--soft'),
      font: FONT,
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
      splits: (u, i, low, high) => {
        const length = i === 0 ? u.over.clientWidth : u.over.clientHeight;
        return ticks(axis, low, high, Math.max(2, Math.floor(length / space)));
      },
      filter: (_, splits) => splits,
      values: (_, splits) => splits.map((value) => tickText(axis, value)),
    });
    return {
      width,
      height: heightOf(width),
      padding: [10, 20, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, distr: x.log ? 3 : 1, range: (_, low, high) => this.#rangeOfX(low, high) },
        y: { distr: y.log ? 3 : 1, range: yRange },
      },
      axes: [
        { ...axis(x, 64), size: 30 },
        {
          ...axis(y, 44),
          size: (_, values) => 14 + LETTER * Math.max(0, ...(values ?? []).map(({ length }) => length)),
        },
      ],
      series: [{}, ...lines.map((line) => seriesOf(line, colour))],
      cursor: {
        y: false,
        drag: { x: true, y: true, uni: 24, dist: STILL },
        dataIdx: (_, series) => (series === 0 ? 0 : this.#nearestPoint(series - 1)),
        points: { size: 8, width: 2, fill: colour('--sheet') },
      },
      hooks: {
        setCursor: [() => this.#tell()],
        drawAxes: [(u) => level && drawLevel(u, level, colour('--soft')())],
      },
    };
  }

  /** Where all is seen, points at its ends are not cut in halves; what is looked into is as it was drawn. */
  #rangeOfX(low: number, high: number): [number, number] {
    const { x } = this.#view;
    const isAll = low === this.#xs[0] && high === this.#xs.at(-1);
    if (!isAll) return [low, high];
    return x.range ?? (x.log || low === high ? padded(x, low, high) : [low, high]);
  }

  #nearestPoint(line: number): number | null {
    const points = this.#points[line]!;
    if (!isRead(this.#view.lines[line]!)) return null;
    const { left } = this.#uplot.cursor;
    const at = nearest(points, (point) => (point ? Math.abs(this.#xOf(point[0]) - left!) : Infinity));
    return points[at] ? at : null;
  }

  #tell(): void {
    const { left, top, idxs } = this.#uplot.cursor;
    const readings = this.#view.lines.flatMap((line, i): Reading[] => {
      const at = idxs?.[i + 1];
      const point = at == null ? undefined : this.#points[i]![at];
      return point && this.#uplot.series[i + 1]!.show ? [{ line, point }] : [];
    });
    const { clientWidth, clientHeight } = this.#uplot.over;
    this.#tip.show(left! < 0 ? [] : readings, { left: left!, top: top! }, { clientWidth, clientHeight });
  }
}

function seriesOf(line: Line, colour: (name: string) => () => string): uPlot.Series {
  const { kind, points } = line;
  const stroke = kind === 'guide' ? colour('--soft') : colour(colourOf(line));
  const common: uPlot.Series = { stroke, spanGaps: true, points: { show: false } };
  switch (kind) {
    case 'main': {
      const marked = points.length <= FEW_POINTS;
      return { ...common, width: 2, dash: dashOf(line), points: { show: marked, size: 5, fill: stroke } };
    }
    case 'dots':
      return { ...common, paths: () => null, points: { show: true, size: 9, fill: stroke } };
    case 'seed':
      return { ...common, width: 1, alpha: 0.35 };
    case 'fit':
      return { ...common, width: 1.5, dash: [6, 5] };
    case 'guide':
      return { ...common, width: 1, dash: [2, 4] };
  }
}

function drawLevel(u: uPlot, { name, y }: { name: string; y: number }, colour: string): void {
  const { ctx, bbox } = u;
  const at = Math.round(u.valToPos(y, 'y', true));
  if (at < bbox.top || at > bbox.top + bbox.height) return;
  const scale = uPlot.pxRatio;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = 1.5 * scale;
  ctx.setLineDash([2 * scale, 3 * scale]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, at);
  ctx.lineTo(bbox.left + bbox.width, at);
  ctx.stroke();
  ctx.font = FONT.replace('12px', `${12 * scale}px`);
  ctx.textAlign = 'right';
  ctx.textBaseline = 'bottom';
  ctx.fillText(name, bbox.left + bbox.width - 4 * scale, at - 3 * scale);
  ctx.restore();
}

function padded({ log }: Axis, low: number, high: number): [number, number] {
  if (log) {
    const factor = high > low ? (high / low) ** 0.05 : 1.5;
    return [low / factor, high * factor];
  }
  const pad = 0.06 * (high - low) || 0.1 * Math.abs(low) || 1;
  return [low - pad, high + pad];
}

function nearest<T>(values: readonly T[], distance: (value: T) => number): number {
  return values.reduce((best, value, i) => (distance(value) < distance(values[best]!) ? i : best), 0);
}

const heightOf = (width: number) => (width < NARROW ? LOW_HEIGHT : HEIGHT);

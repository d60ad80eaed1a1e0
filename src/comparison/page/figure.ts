// A chart of the page, as data: src/comparison/page makes it of a report, and web/report draws it.

export interface Figure {
  id: string;
  title: string;
  /** What a reader must know to read it, in sentences. */
  caption: string;
  /** The same over other axes, to switch between. */
  views: View[];
  /** Which of them is seen first. */
  first: number;
}

export interface View {
  /** On its switch. */
  name: string;
  x: Axis;
  y: Axis;
  lines: Line[];
  /** A horizontal line, such as the entropy of the text. */
  level?: { name: string; y: number } | undefined;
}

export interface Axis {
  label: string;
  format: 'count' | 'flops' | 'seconds' | 'rate' | 'loss' | 'share';
  log?: boolean;
  /** What is seen at first; all of it if not given. */
  range?: [low: number, high: number];
}

/** Lines of one name come and go together. */
export interface Line extends Look {
  name: string;
  /**
   * What tells its values: `main`, a line, or `dots`. What goes with it and tells none: one `seed` of several, the `fit`
   * of a law. And `guide`, which is nobody's.
   */
  kind: 'main' | 'dots' | 'seed' | 'fit' | 'guide';
  /** In order of x. */
  points: Point[];
}

export interface Look {
  colour: number;
  /** 0 is solid; the higher, the more broken. */
  dash: number;
}

/** `note` follows the value: "± 0.01". */
export type Point = [x: number, y: number, note?: string];

/** An architecture has its colour, its largest size a solid line. */
export function looksOf(entries: readonly { arch: string }[]): Look[] {
  const archs = [...new Set(entries.map(({ arch }) => arch))];
  return entries.map(({ arch }, i) => ({
    colour: archs.indexOf(arch),
    dash: entries.slice(i + 1).filter((later) => later.arch === arch).length,
  }));
}

/** Without points that cannot be drawn: a loss that is no number, or what is not above 0 on a logarithmic axis. */
export function drawable(points: readonly Point[], { x, y }: Pick<View, 'x' | 'y'>): Point[] {
  const fits = (value: number, { log }: Axis) => Number.isFinite(value) && (!log || value > 0);
  return points.filter((point) => fits(point[0], x) && fits(point[1], y));
}

// The loss curve: the training loss is a smoothed line, the validation loss has dots.

export type Point = readonly [step: number, loss: number];

const MARGIN = { left: 40, right: 14, top: 12, bottom: 28 };
const HEIGHT = 240;
const MOST_POINTS = 400;
/** When there are more points, pairs of neighbours are replaced by their means. */
const MOST_KEPT = 8192;
const SVG = 'http://www.w3.org/2000/svg';

export class LossChart {
  readonly #svg: SVGSVGElement;
  #training: Point[] = [];
  #validation: Point[] = [];
  #waiting = false;

  constructor(svg: SVGSVGElement) {
    this.#svg = svg;
    new ResizeObserver(() => this.#drawSoon()).observe(svg.parentElement!);
  }

  clear(): void {
    this.#training = [];
    this.#validation = [];
    this.#drawSoon();
  }

  addTraining(point: Point): void {
    if (this.#training.length === MOST_KEPT) this.#training = means(this.#training, 2);
    if (point.every(Number.isFinite)) this.#training.push(point);
    this.#drawSoon();
  }

  addValidation(point: Point): void {
    this.#validation.push(point);
    this.#drawSoon();
  }

  /** The chart is drawn at most once in a frame, however fast points come. */
  #drawSoon(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      this.#draw();
    });
  }

  #draw(): void {
    const width = Math.max(240, this.#svg.parentElement!.clientWidth);
    this.#svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    const line = smoothed(this.#training);
    const all = [...line, ...this.#validation];
    if (all.length === 0)
      return void this.#svg.replaceChildren(
        label(width / 2, HEIGHT / 2, 'The loss will be drawn here.', 'middle'),
      );
    const [low, high] = rangeOf(all.map(([, loss]) => loss));
    const [first, last] = [all[0]![0], Math.max(all.at(-1)![0], line.at(-1)?.[0] ?? 0, all[0]![0] + 1)];
    const x = (step: number) =>
      MARGIN.left + ((step - first) / (last - first)) * (width - MARGIN.left - MARGIN.right);
    const y = (loss: number) =>
      MARGIN.top + ((high - loss) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
    const place = ([step, loss]: Point) => `${x(step).toFixed(1)} ${y(Math.min(loss, high)).toFixed(1)}`;
    const path = (points: readonly Point[]) => `M${points.map(place).join('L')}`;
    const rows = ticks(low, high, 4).flatMap((loss) => [
      shape('path', 'grid', { d: `M${MARGIN.left} ${y(loss)}H${width - MARGIN.right}` }),
      label(MARGIN.left - 8, y(loss) + 4, String(loss), 'end'),
    ]);
    const columns = ticks(first, last, width < 420 ? 3 : 6).map((step) =>
      label(x(step), HEIGHT - 8, step.toLocaleString('en-US'), 'middle'),
    );
    const curves = [
      ...(line.length > 1 ? [shape('path', 'training', { d: path(line) })] : []),
      ...(this.#validation.length > 1 ? [shape('path', 'validation', { d: path(this.#validation) })] : []),
      ...this.#validation.map(([step, loss]) =>
        shape('circle', 'validation', {
          cx: x(step).toFixed(1),
          cy: y(Math.min(loss, high)).toFixed(1),
          r: '3',
        }),
      ),
    ];
    this.#svg.replaceChildren(...rows, ...columns, ...curves);
  }
}

/** Means take out the noise of single batches, and leave no more points than can be told apart. */
function smoothed(points: readonly Point[]): Point[] {
  const { length } = points;
  return means(points, Math.max(1, Math.ceil(length / MOST_POINTS), Math.min(8, Math.floor(length / 24))));
}

/** One point for each `size` neighbours. */
function means(points: readonly Point[], size: number): Point[] {
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const group = points.slice(i * size, (i + 1) * size);
    const mean = (axis: 0 | 1) => group.reduce((sum, point) => sum + point[axis], 0) / group.length;
    return [mean(0), mean(1)];
  });
}

function rangeOf(values: readonly number[]): [low: number, high: number] {
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const pad = Math.max(0.08 * (high - low), 0.05);
  return [Math.max(0, low - pad), high + pad];
}

/** Multiples of 1, 2 or 5 times a power of ten, about `count` of them. */
function ticks(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((n) => n * power >= rough)!;
  const first = Math.ceil(low / step);
  const found = Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
  return found.map((value) => Number(value.toPrecision(6)));
}

function shape(
  name: 'path' | 'circle' | 'text',
  style: string,
  attributes: Record<string, string>,
): SVGElement {
  const element = document.createElementNS(SVG, name);
  element.setAttribute('class', style);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function label(x: number, y: number, text: string, anchor: string): SVGElement {
  const element = shape('text', '', { x: x.toFixed(1), y: y.toFixed(1), 'text-anchor': anchor });
  element.textContent = text;
  return element;
}

// What is told of the points that are nearest to the pointer.
import type { Line, Point, View } from '../../src/comparison/page/figure.ts';
import { valueText } from './axis.ts';
import { keyOf } from './key.ts';

export interface Reading {
  line: Line;
  point: Point;
}

const GAP = 14;

export class Tip {
  readonly element = document.createElement('div');
  readonly #view: View;

  constructor(view: View) {
    this.#view = view;
    this.element.className = 'tip';
    this.element.hidden = true;
  }

  /** As a sentence. */
  get words(): string {
    return Array.from(this.element.children, ({ textContent }) => textContent).join('; ');
  }

  /** From the highest to the lowest, as the lines stand. Where they were not measured at the same x, each has its own. */
  show(
    readings: Reading[],
    at: { left: number; top: number },
    { clientWidth, clientHeight }: { clientWidth: number; clientHeight: number },
  ): void {
    this.element.hidden = readings.length === 0;
    if (this.element.hidden) return;
    const { x, y } = this.#view;
    const places = new Set(readings.map(({ point }) => valueText(x, point[0])));
    const head = places.size === 1 ? [row('head', `${x.label}: ${[...places][0]}`)] : [];
    const rows = readings
      .sort((a, b) => b.point[1] - a.point[1])
      .map(({ line, point: [atX, atY, note] }) => {
        const value = document.createElement('b');
        value.textContent = valueText(y, atY);
        const place = places.size > 1 && !note?.startsWith('at ') ? `at ${valueText(x, atX)}` : '';
        return row('', keyOf(line), `${line.name} `, value, ` ${[note, place].filter(Boolean).join(' ')}`);
      });
    this.element.replaceChildren(...head, ...rows);
    const { offsetWidth, offsetHeight } = this.element;
    const isLeft = at.left + GAP + offsetWidth > clientWidth && at.left - GAP - offsetWidth >= 0;
    const left = isLeft ? at.left - GAP - offsetWidth : Math.min(at.left + GAP, clientWidth - offsetWidth);
    const above = at.top - GAP - offsetHeight;
    const top = above >= 0 ? above : Math.min(at.top + GAP, clientHeight - offsetHeight);
    this.element.style.transform = `translate(${Math.max(0, left)}px, ${top}px)`;
  }
}

function row(style: string, ...parts: (string | Node)[]): HTMLElement {
  const element = document.createElement('div');
  element.className = style;
  element.append(...parts);
  return element;
}

// A short piece of a line as it is drawn, to stand before its name.
import type { Line } from '../../src/comparison/page/figure.ts';
import { colourOf, dashOf } from './look.ts';

const SVG = 'http://www.w3.org/2000/svg';

export function keyOf(line: Line): SVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'key');
  svg.setAttribute('viewBox', '0 0 24 10');
  svg.setAttribute('aria-hidden', 'true');
  const shape =
    line.kind === 'dots'
      ? made('circle', { cx: '12', cy: '5', r: '4', fill: `var(${colourOf(line)})` })
      : made('path', {
          d: 'M0 5h24',
          stroke: `var(${colourOf(line)})`,
          'stroke-width': '2.5',
          'stroke-dasharray': dashOf(line).join(' '),
        });
  svg.append(shape);
  return svg;
}

function made(name: string, attributes: Record<string, string>): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

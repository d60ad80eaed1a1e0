// The script of report.html: draws its figures, each with names to choose lines by and a switch where there are several views.
import type { Figure, View } from '../../src/comparison/page/figure.ts';
import { valueText } from './axis.ts';
import { keyOf } from './key.ts';
import { isRead } from './look.ts';
import { Plot } from './plot.ts';

const figures: Figure[] = JSON.parse(document.getElementById('figures')!.textContent!);
for (const figure of figures) show(figure);

function show({ id, title, views, first }: Figure): void {
  const figure = document.getElementById(id)!;
  const place = figure.querySelector<HTMLElement>('.drawing')!;
  const [yLabel, xLabel] = [paragraph('y-label'), paragraph('x-label')];
  const status = paragraph('hidden');
  status.role = 'status';
  const hidden = new Set<string>();
  let view = views[first]!;
  let plot: Plot | undefined;
  place.replaceChildren();
  place.tabIndex = 0;
  place.role = 'group';

  const draw = () => {
    plot?.destroy();
    plot = new Plot(view, place);
    for (const name of hidden) plot.show(name, false);
    yLabel.textContent = view.y.label;
    xLabel.textContent = view.x.label;
    place.ariaLabel = `${title}: chart. ${view.y.label} by ${view.x.label}. ${endsOf(view)}. Arrow keys read the points.`;
  };

  const change = (next: View) => {
    view = next;
    draw();
  };

  place.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    if (by !== undefined) {
      event.preventDefault();
      status.textContent = plot!.step(by);
    } else if (event.key === 'Escape') draw();
  });
  place.addEventListener('blur', () => plot!.leave());

  place.before(...(views.length > 1 ? [switchOf(id, views, first, change)] : []), yLabel);
  place.after(
    xLabel,
    namesOf(view, (name, shown) => {
      if (shown) hidden.delete(name);
      else hidden.add(name);
      plot!.show(name, shown);
    }),
    status,
  );
  draw();
  new ResizeObserver(() => plot!.resize(place.clientWidth)).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
}

/** What stands at the lines' right ends, for those who do not see them. */
function endsOf({ lines, y, level }: View): string {
  const ends = lines.filter(isRead).map(({ name, points }) => `${name} ${valueText(y, points.at(-1)![1])}`);
  return `At the right, ${[...ends, ...(level ? [`${level.name} ${valueText(y, level.y)}`] : [])].join(', ')}`;
}

function switchOf(id: string, views: View[], first: number, choose: (view: View) => void): HTMLElement {
  const fieldset = document.createElement('fieldset');
  const legend = document.createElement('legend');
  legend.textContent = 'Against';
  const choices = document.createElement('div');
  choices.className = 'choices';
  choices.append(
    ...views.map((view, i) => {
      const label = document.createElement('label');
      const input = Object.assign(document.createElement('input'), {
        type: 'radio',
        name: `${id}-view`,
        checked: i === first,
      });
      input.addEventListener('change', () => choose(view));
      const name = document.createElement('span');
      name.textContent = view.name;
      label.append(input, name);
      return label;
    }),
  );
  fieldset.append(legend, choices);
  return fieldset;
}

/** The names of the lines; each shows and hides its own. */
function namesOf({ lines }: View, choose: (name: string, shown: boolean) => void): HTMLElement {
  const list = document.createElement('ul');
  list.className = 'names';
  list.append(
    ...lines.filter(isRead).map((line) => {
      const item = document.createElement('li');
      const button = document.createElement('button');
      button.type = 'button';
      button.ariaPressed = 'true';
      button.append(keyOf(line), line.name);
      button.addEventListener('click', () => {
        const shown = button.ariaPressed !== 'true';
        button.ariaPressed = String(shown);
        choose(line.name, shown);
      });
      item.append(button);
      return item;
    }),
  );
  return list;
}

function paragraph(style: string): HTMLElement {
  return Object.assign(document.createElement('p'), { className: style });
}

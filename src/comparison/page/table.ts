// The table of the page: a row for each entry, then the compressors and the floor in the columns that they share.
import { type Cell, columnsOf, referencesOf, referenceText } from '../columns.ts';
import type { ComparisonReport } from '../findings.ts';
import { areApart } from '../statistics.ts';
import { escaped } from './html.ts';

export function tableOf(report: ComparisonReport): string {
  const { entries } = report;
  const columns = columnsOf(report);
  const best = entries.map(({ loss }) => loss).reduce((a, b) => (b.mean < a.mean ? b : a));
  const rows = entries.map((entry) =>
    rowOf(
      entry.name,
      columns.map((column) => {
        const isBest = column.shared === 'loss' && !areApart(entry.loss, best);
        return cellOf(column.cell(entry), isBest ? 'strong' : 'span');
      }),
    ),
  );
  const references = referencesOf(report).map((reference) =>
    rowOf(
      reference.name,
      columns.map((column) => referenceText(reference, column) ?? ''),
    ),
  );
  const labels = columns.map(({ label, unit }) => cellOf({ text: label, aside: unit }));
  return `<table>
<thead><tr><th scope="col">model</th>${labels.map((label) => `<th scope="col">${label}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
${references.length > 0 ? `<tbody class="others">\n${references.join('\n')}\n</tbody>\n` : ''}</table>`;
}

function rowOf(name: string, cells: string[]): string {
  return `<tr><th scope="row">${escaped(name)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

/** What is small stands below. */
function cellOf({ text, aside }: Cell, element = 'span'): string {
  return `<${element}>${escaped(text)}</${element}>${aside === undefined ? '' : ` <small>${escaped(aside)}</small>`}`;
}

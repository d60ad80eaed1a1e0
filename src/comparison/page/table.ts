// The table of the page: a row for each entry, then the compressors and the floor in the columns that they share.
import { formatBytes, formatCount, formatDuration, formatScientific } from '../../base/format.ts';
import type { ComparisonEntry, ComparisonReport } from '../findings.ts';
import { areApart, type Sample, sampleOf } from '../statistics.ts';
import { escaped } from './html.ts';

interface Column {
  label: string;
  unit?: string | undefined;
  cell(entry: ComparisonEntry): Cell;
  /** What compressors and the floor have of it too. */
  shared?: 'loss' | 'bitsPerByte';
}

/** `spread` stands small below. */
interface Cell {
  text: string;
  spread?: string | undefined;
}

const BITS = 'bits per byte';
const UNKNOWN = '–';

export function tableOf(report: ComparisonReport): string {
  const { entries, compressors, floor } = report;
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
  const others: ({ name: string } & Partial<Record<'loss' | 'bitsPerByte', number>>)[] = [
    ...compressors,
    ...(floor ? [{ name: 'floor', ...floor }] : []),
  ];
  const otherRows = others.map((other) =>
    rowOf(
      other.name,
      columns.map(({ shared }) => (shared && other[shared]?.toFixed(4)) ?? ''),
    ),
  );
  const labels = columns.map(({ label, unit }) => cellOf({ text: label, spread: unit }));
  return `<table>
<thead><tr><th scope="col">model</th>${labels.map((label) => `<th scope="col">${label}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
${otherRows.length > 0 ? `<tbody class="others">\n${otherRows.join('\n')}\n</tbody>\n` : ''}</table>`;
}

function columnsOf({ entries, compressors, floor, equalTerms }: ComparisonReport): Column[] {
  const mean = (key: 'tokens' | 'seconds' | 'tokensPerSecond') => (entry: ComparisonEntry) =>
    sampleOf(entry.runs.map((run) => run[key])).mean;
  const [tokens, seconds, speed] = [mean('tokens'), mean('seconds'), mean('tokensPerSecond')];
  const [first, ...others] = entries[0]!.runs[0]!.figures;
  const further = others.map(({ label, unit }, i): Column => {
    const column = { label, unit, cell: figureCell(i + 1) };
    return label === BITS ? { ...column, shared: 'bitsPerByte' } : column;
  });
  if (compressors.length > 0 && !further.some(({ shared }) => shared))
    further.push({ label: BITS, cell: () => ({ text: UNKNOWN }), shared: 'bitsPerByte' });
  const columns: (Column | undefined)[] = [
    { label: 'parameters', cell: ({ parameters }) => ({ text: formatCount(parameters) }) },
    { label: 'tokens', unit: 'in training', cell: (entry) => ({ text: formatCount(tokens(entry)) }) },
    {
      label: 'FLOPs',
      unit: 'in training',
      cell: (entry) => ({ text: formatScientific(tokens(entry) * entry.flopsPerToken) }),
    },
    { label: 'time', unit: 'in training', cell: (entry) => ({ text: formatDuration(seconds(entry)) }) },
    { label: 'tokens/s', unit: 'in training', cell: (entry) => ({ text: formatCount(speed(entry)) }) },
    {
      label: 'memory',
      unit: 'in training',
      cell: ({ memoryBytes }) => ({ text: memoryBytes === null ? UNKNOWN : formatBytes(memoryBytes) }),
    },
    { label: first!.label, unit: first!.unit, cell: ({ loss }) => sampleCell(loss), shared: 'loss' },
    ...further,
    equalTerms === undefined
      ? undefined
      : { label: first!.label, unit: equalTerms, cell: ({ afresh }) => sampleCell(afresh) },
    floor && { label: 'above the floor', cell: ({ loss }) => ({ text: signed(loss.mean - floor.loss) }) },
  ];
  return columns.filter((column) => column !== undefined);
}

function rowOf(name: string, cells: string[]): string {
  return `<tr><th scope="row">${escaped(name)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function cellOf({ text, spread }: Cell, element = 'span'): string {
  return `<${element}>${escaped(text)}</${element}>${spread === undefined ? '' : ` <small>${escaped(spread)}</small>`}`;
}

function sampleCell({ mean, spread, count }: Sample, digits = 4): Cell {
  return { text: mean.toFixed(digits), spread: count > 1 ? `± ${spread.toFixed(digits)}` : undefined };
}

/** Of several seeds the mean, with as many digits as each has; what is no number as the first has it. */
function figureCell(index: number): Column['cell'] {
  return ({ runs }) => {
    const texts = runs.map(({ figures }) => figures[index]?.text ?? UNKNOWN);
    const values = texts.map((text) => Number(text.replaceAll(',', '')));
    if (texts.length === 1 || !values.every(Number.isFinite)) return { text: texts[0]! };
    return sampleCell(sampleOf(values), texts[0]!.split('.')[1]?.length ?? 0);
  };
}

function signed(value: number): string {
  return value < 0 ? value.toFixed(4).replace('-', '−') : `+${value.toFixed(4)}`;
}

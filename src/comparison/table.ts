// A comparison as a table: a row for each entry, the compressors below.
import { formatBytes, formatCount, formatDuration } from '../base/format.ts';
import type { ComparedRun, ComparisonEntry, ComparisonReport } from './findings.ts';
import { type Sample, sampleOf } from './statistics.ts';

export interface Column {
  readonly label: string;
  readonly cell: (entry: ComparisonEntry) => string;
  /** Left out where the terminal has little room. */
  readonly detail?: boolean;
}

const NONE = '–';

export function columnsOf({ entries, floor, equalTerms }: ComparisonReport): Column[] {
  const first = entries[0]!;
  const [, ...figures] = first.runs[0]!.figures;
  return [
    { label: '', cell: ({ name }) => name },
    { label: 'parameters', cell: ({ parameters }) => formatCount(parameters) },
    {
      label: 'difference',
      cell: (entry) =>
        entry === first ? NONE : signed((entry.parameters / first.parameters - 1) * 100, 2, '%'),
      detail: true,
    },
    { label: 'tokens', cell: (entry) => formatCount(meanOf(entry, ({ tokens }) => tokens)) },
    {
      label: 'training FLOPs',
      cell: (entry) => (entry.flopsPerToken * meanOf(entry, ({ tokens }) => tokens)).toExponential(2),
      detail: true,
    },
    { label: 'time', cell: (entry) => formatDuration(meanOf(entry, ({ seconds }) => seconds)) },
    {
      label: 'tokens/s',
      cell: (entry) => formatCount(Math.round(meanOf(entry, ({ tokensPerSecond }) => tokensPerSecond))),
    },
    {
      label: 'memory',
      cell: ({ memoryBytes }) => (memoryBytes === null ? NONE : formatBytes(memoryBytes)),
      detail: true,
    },
    { label: lossLabel(first), cell: ({ loss }) => withSpread(loss, 4) },
    ...(equalTerms
      ? [
          {
            label: `loss, ${equalTerms}`,
            cell: ({ afresh }: ComparisonEntry) => withSpread(afresh, 4),
            detail: true,
          },
        ]
      : []),
    ...figures.map(({ label, text }) => ({
      label,
      cell: ({ runs }: ComparisonEntry) => {
        const values = runs.map(({ figures }) => figures.find((figure) => figure.label === label)!.value);
        return withSpread(sampleOf(values), text.split('.')[1]?.length ?? 0);
      },
    })),
    ...(floor
      ? [{ label: 'above the floor', cell: ({ loss }: ComparisonEntry) => signed(loss.mean - floor.loss, 4) }]
      : []),
  ];
}

/** The header first. Of a compressor only bits per byte are known. */
export function tableOf(report: ComparisonReport, columns = columnsOf(report)): string[][] {
  const { entries, compressors } = report;
  const compressed = compressors.map(({ name, bitsPerByte }) =>
    columns.map(({ label }, i) =>
      i === 0 ? name : label === 'bits per byte' ? bitsPerByte.toFixed(4) : NONE,
    ),
  );
  return [
    columns.map(({ label }) => label),
    ...entries.map((entry) => columns.map(({ cell }) => cell(entry))),
    ...compressed,
  ];
}

/** What fits into a terminal. */
export function asTable(report: ComparisonReport): string {
  const rows = tableOf(
    report,
    columnsOf(report).filter(({ detail }) => !detail),
  );
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return rows.map(line).join('\n');
}

function lossLabel({ runs }: ComparisonEntry): string {
  const { label, unit } = runs[0]!.figures[0]!;
  return unit ? `${label}, ${unit}` : label;
}

function meanOf({ runs }: ComparisonEntry, value: (run: ComparedRun) => number): number {
  return sampleOf(runs.map(value)).mean;
}

export function withSpread({ mean, spread, count }: Sample, digits: number): string {
  return count === 1 ? mean.toFixed(digits) : `${mean.toFixed(digits)} ± ${spread.toFixed(digits)}`;
}

export function signed(value: number, digits: number, unit = ''): string {
  const text = value.toFixed(digits);
  return `${value < 0 ? text.replace('-', '−') : `+${text}`}${unit}`;
}

// What a comparison's table shows, whether it is drawn on the page, in Markdown or in a terminal.
import { formatBytes, formatCount, formatDuration, formatScientific, signed } from '../base/format.ts';
import type { ComparisonEntry, ComparisonReport } from './findings.ts';
import { type Sample, sampleOf } from './statistics.ts';

export interface Column {
  readonly label: string;
  readonly unit?: string | undefined;
  readonly cell: (entry: ComparisonEntry) => Cell;
  /** What compressors and the floor have of it too. */
  readonly shared?: 'loss' | 'bitsPerByte' | undefined;
  /** Left out where there is little room. */
  readonly detail?: boolean;
}

export interface Cell {
  readonly text: string;
  /** Small, beside or below: the spread "± 0.0031" where there are several seeds, "−0.50%" beside a number of parameters. */
  readonly aside?: string | undefined;
}

/** A row that is no entry's. */
export type Reference = { readonly name: string } & Partial<Record<'loss' | 'bitsPerByte', number>>;

export const UNKNOWN = '–';
const BITS = 'bits per byte';

export function columnsOf({ entries, compressors, floor, equalTerms }: ComparisonReport): Column[] {
  const reference = entries[0]!;
  const { figures, profile } = reference.runs[0]!;
  const [first, ...others] = figures;
  const further = others.map(({ label, unit }, i): Column => {
    return { label, unit, cell: figureCell(i + 1), shared: label === BITS ? 'bitsPerByte' : undefined };
  });
  if (compressors.length > 0 && !further.some(({ shared }) => shared))
    further.push({ label: BITS, cell: () => ({ text: UNKNOWN }), shared: 'bitsPerByte' });
  const columns: (Column | undefined | false)[] = [
    {
      label: 'parameters',
      cell: ({ parameters }) => ({
        text: formatCount(parameters),
        aside:
          parameters === reference.parameters ? undefined : percent(parameters / reference.parameters - 1),
      }),
    },
    {
      label: 'tokens',
      unit: 'in training',
      cell: (entry) => ({ text: formatCount(meanOf(entry, 'tokens')) }),
    },
    {
      label: 'FLOPs',
      unit: 'in training',
      cell: (entry) => ({ text: formatScientific(meanOf(entry, 'tokens') * entry.flopsPerToken) }),
      detail: true,
    },
    {
      label: 'time',
      unit: 'in training',
      cell: (entry) => ({ text: formatDuration(meanOf(entry, 'seconds')) }),
      detail: true,
    },
    {
      label: 'tokens/s',
      cell: (entry) => ({ text: formatCount(Math.round(meanOf(entry, 'tokensPerSecond'))) }),
    },
    {
      label: 'memory',
      unit: 'in training',
      cell: ({ memoryBytes }) => ({ text: memoryBytes === null ? UNKNOWN : formatBytes(memoryBytes) }),
      detail: true,
    },
    { label: first!.label, unit: first!.unit, cell: ({ loss }) => sampleCell(loss), shared: 'loss' },
    ...further,
    equalTerms !== undefined && {
      label: first!.label,
      unit: equalTerms,
      cell: ({ afresh }) => sampleCell(afresh),
      detail: true,
    },
    profile !== undefined && {
      label: first!.label,
      unit: 'on shuffled text',
      cell: ({ runs }) => sampleCell(sampleOf(runs.map((run) => run.profile?.shuffledLoss ?? Number.NaN)), 2),
      detail: true,
    },
    floor && { label: 'above the floor', cell: ({ loss }) => ({ text: signed(loss.mean - floor.loss, 4) }) },
  ];
  return columns.filter((column) => column !== undefined && column !== false);
}

export function referencesOf({ compressors, floor }: ComparisonReport): Reference[] {
  return [...compressors, ...(floor ? [{ name: 'floor', ...floor }] : [])];
}

/** Undefined where a reference has none of it. */
export function referenceText(reference: Reference, { shared }: Column): string | undefined {
  return shared && reference[shared]?.toFixed(4);
}

export function sampleCell({ mean, spread, count }: Sample, digits = 4): Cell {
  return { text: mean.toFixed(digits), aside: count > 1 ? `± ${spread.toFixed(digits)}` : undefined };
}

/** As exact as a match is, or rounded where there was none. */
function percent(difference: number): string {
  return `${signed(100 * difference, Math.abs(difference) < 0.1 ? 2 : 0)}%`;
}

function meanOf({ runs }: ComparisonEntry, key: 'tokens' | 'seconds' | 'tokensPerSecond'): number {
  return sampleOf(runs.map((run) => run[key])).mean;
}

/** Of several seeds the mean, with as many digits as each has; what is no number as the first has it. */
function figureCell(index: number): Column['cell'] {
  return ({ runs }) => {
    const texts = runs.map(({ figures }) => figures[index]?.text ?? UNKNOWN);
    const [, decimals = '', unit = ''] = /(?:\.(\d+))?( %)?$/.exec(texts[0]!)!;
    const values = texts.map((text) => Number(text.replaceAll(',', '').replace(unit, '')));
    if (texts.length === 1 || !values.every(Number.isFinite)) return { text: texts[0]! };
    const { text, aside } = sampleCell(sampleOf(values), decimals.length);
    return { text: `${text}${unit}`, aside };
  };
}

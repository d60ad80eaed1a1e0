// A comparison as a table of texts: a row for each entry, the compressors and the floor below.
import { aligned } from '../base/aligned.ts';
import {
  type Cell,
  type Column,
  columnsOf,
  referencesOf,
  referenceText,
  sampleCell,
  UNKNOWN,
} from './columns.ts';
import type { ComparisonReport } from './findings.ts';
import type { Sample } from './statistics.ts';

/** The header first. */
export function tableOf(report: ComparisonReport, columns = columnsOf(report)): string[][] {
  return [
    ['', ...columns.map(({ label, unit }) => (unit === undefined ? label : `${label}, ${unit}`))],
    ...report.entries.map((entry) => [entry.name, ...columns.map(({ cell }) => textOf(cell(entry)))]),
    ...referencesOf(report).map((reference) => [
      reference.name,
      ...columns.map((column) => referenceText(reference, column) ?? UNKNOWN),
    ]),
  ];
}

/** What fits into a terminal: no details and no units. */
export function asTable(report: ComparisonReport): string {
  const columns: Column[] = columnsOf(report)
    .filter(({ detail }) => !detail)
    .map((column) => ({ ...column, unit: undefined }));
  return aligned(tableOf(report, columns)).join('\n');
}

export function withSpread(sample: Sample, digits: number): string {
  return textOf(sampleCell(sample, digits));
}

function textOf({ text, aside }: Cell): string {
  return aside === undefined ? text : `${text} ${aside}`;
}

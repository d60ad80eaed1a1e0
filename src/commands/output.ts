// What verbs print: results on stdout, as one JSON object with --json; everything else goes to stderr.

export interface JsonFlag {
  json?: boolean;
}

export const JSON_OPTION = ['--json', 'print one JSON object on stdout, and nothing else there'] as const;

export function printResult(result: object, { json }: JsonFlag, asText: () => string): void {
  process.stdout.write(`${json ? JSON.stringify(result) : asText()}\n`);
}

/** Rows of label and value, the values in one column. */
export function columns(rows: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n');
}

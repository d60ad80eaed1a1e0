// What verbs print: results on stdout, as one JSON object with --json; everything else goes to stderr.

export interface JsonFlag {
  json?: boolean;
}

export const JSON_OPTION = ['--json', 'print one JSON object on stdout, and nothing else there'] as const;

export function printResult(result: object, { json }: JsonFlag, asText: () => string): void {
  process.stdout.write(`${json ? JSON.stringify(result) : asText()}\n`);
}

/** Rows of label and value, the values in one column; on a terminal, wrapped within it. */
export function columns(
  rows: readonly (readonly [label: string, value: string])[],
  { columns: width }: { columns?: number } = process.stdout,
): string {
  const indent = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows
    .map(([label, value]) => label.padEnd(indent) + wrapped(value, (width || Infinity) - indent, indent))
    .join('\n');
}

function wrapped(text: string, width: number, indent: number): string {
  let column = 0;
  return text
    .split(' ')
    .map((word, i) => {
      const fits = i === 0 || column + 1 + word.length < width;
      column = fits && i > 0 ? column + 1 + word.length : word.length;
      return i === 0 ? word : fits ? ` ${word}` : `\n${' '.repeat(indent)}${word}`;
    })
    .join('');
}

/** What a model writes. One of bytes may write control characters, which a terminal would obey. */
export function print(text: string): void {
  process.stdout.write(process.stdout.isTTY ? text.replace(/[^\P{Cc}\n\t]/gu, '�') : text);
}

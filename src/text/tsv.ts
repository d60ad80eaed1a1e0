// Reads tab-separated values: two columns and no header, one pair of texts a line.

import { type FieldRecord, LONGEST_RECORD, lineError } from './field.ts';
import { numberedLines } from './lines.ts';

export async function* tsvRecords(
  chunks: AsyncIterable<string> | Iterable<string>,
  name: string,
  longest = LONGEST_RECORD,
): AsyncGenerator<FieldRecord> {
  const hint = 'a line of a .tsv file holds a source, a tab and its target';
  for await (const { text, number } of numberedLines(chunks, name, hint, longest)) {
    const line = text.replace(/\r$/, '');
    if (line === '') continue;
    const values = line.split('\t');
    if (values.length !== 2)
      throw lineError(name, number, `expected one tab, but there are ${values.length - 1}`, hint);
    yield { line: number, values };
  }
}

// Opens what a user names as pairs of texts: a file of records, or a generated task.

import { extname } from 'node:path';
import { TsgptError, UsageError, unexpected } from '../base/errors.ts';
import { didYouMean } from '../base/nearest.ts';
import { csvRecords } from './csv.ts';
import { type FieldRecord, lineError } from './field.ts';
import { fileText } from './file.ts';
import { entryAt } from './find.ts';
import { DEFAULT_DOCUMENTS, DEFAULT_SEED } from './generated.ts';
import { jsonlRecords } from './jsonl.ts';
import type { PairSource, TextPair } from './pair-source.ts';
import { PAIR_TASKS, pairTaskNamed } from './pair-tasks/list.ts';
import { pairsOfTask } from './pair-tasks/pair-task.ts';
import { tsvRecords } from './tsv.ts';

export interface PairOptions {
  /** The fields of .jsonl and .csv records that hold source and target; "source" and "target" if not given. */
  fields?: readonly [source: string, target: string];
  /** The number of pairs of a generated task, and the seed that they are generated from. */
  count?: number;
  seed?: number;
}

const DEFAULT_FIELDS = ['source', 'target'] as const;

/**
 * Opens what a user names as pairs of texts: what is given, and what is to be made of it.
 * @param input A file (.tsv of two columns without a header, .jsonl, .csv), or a generated task such as `builtin:dates`.
 * @example
 * import { openPairs } from 'tsgpt';
 * const pairs = await openPairs('translations.csv', { fields: ['en', 'de'] });
 * for await (const { source, target } of pairs.pairs()) console.log(source, '→', target);
 */
export async function openPairs(input: string, options: PairOptions = {}): Promise<PairSource> {
  const task = pairTaskNamed(input);
  if (task === undefined) return fileOfPairs(input, options);
  if (options.fields !== undefined) throw noFields(input);
  const { count = DEFAULT_DOCUMENTS, seed = DEFAULT_SEED } = options;
  return pairsOfTask(task, { count, seed });
}

type RecordReader = (
  chunks: AsyncIterable<string>,
  name: string,
  fields: readonly string[],
) => AsyncIterable<FieldRecord>;

const READERS: Readonly<Record<string, RecordReader>> = {
  '.tsv': (chunks, name) => tsvRecords(chunks, name),
  '.jsonl': (chunks, name, fields) => jsonlRecords(chunks, name, fields),
  '.csv': (chunks, name, fields) => csvRecords(chunks, name, fields),
};

function fileOfPairs(file: string, { fields, count }: PairOptions): PairSource {
  const extension = extname(file).toLowerCase();
  const recordsOf = READERS[extension];
  if (recordsOf === undefined || !entryAt(file)?.isFile()) throw noPairs(file);
  if (extension === '.tsv' && fields !== undefined) throw noFields(file);
  if (count !== undefined)
    throw new UsageError(`count ${count} does not go with ${file}, which is not generated`, 'leave it out');
  return {
    description: file,
    pairs: () => pairsIn(recordsOf(fileText(file), file, fields ?? DEFAULT_FIELDS), file),
  };
}

async function* pairsIn(records: AsyncIterable<FieldRecord>, file: string): AsyncGenerator<TextPair> {
  let empty = true;
  for await (const { line, values } of records) {
    const [source, target] = values as [string, string];
    if (source === '' || target === '') {
      const side = source === '' ? 'source' : 'target';
      throw lineError(file, line, `the ${side} is empty`, 'give it a text, or leave out the pair');
    }
    empty = false;
    yield { source, target };
  }
  if (empty) throw new TsgptError(`there are no pairs in ${file}`);
}

function noPairs(input: string): UsageError {
  const tasks = PAIR_TASKS.map(({ name }) => name);
  if (input.startsWith('builtin:'))
    return new UsageError(`there is no generated task ${input}`, didYouMean(input, tasks));
  if (Object.hasOwn(READERS, extname(input).toLowerCase())) return new UsageError(`no such file: ${input}`);
  const files = Object.keys(READERS).join(', ');
  return unexpected(
    'pairs',
    `a file (${files}) or a generated task`,
    input,
    `the tasks: ${tasks.join(', ')}`,
  );
}

function noFields(input: string): UsageError {
  return new UsageError(
    `fields do not go with ${input}, whose columns have no names`,
    'leave them out, or give a .csv or .jsonl file',
  );
}

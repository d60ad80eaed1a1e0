// Opens what a user names as text: files, folders, globs, standard input, generated texts, presets.

import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import type { DownloadProgress } from '../base/download.ts';
import { TsgptError, UsageError } from '../base/errors.ts';
import { formatCount, plural } from '../base/format.ts';
import { nearest } from '../base/nearest.ts';
import { EXERCISES, exerciseNamed } from './exercises.ts';
import { filePieces } from './file.ts';
import { filesIn, filesLike, type Opened, textFiles } from './files.ts';
import { entryAt, isGlob } from './find.ts';
import { DEFAULT_DOCUMENTS, DEFAULT_SEED, generatedSource, STORIES } from './generated.ts';
import { linePieces } from './lines.ts';
import { plainPieces } from './plain.ts';
import { presets } from './presets.ts';
import type { Part, Selection } from './selection.ts';
import type { Piece, TextSource } from './source.ts';
import { spool } from './spool.ts';
import { decodeUtf8 } from './utf8.ts';

export interface TextOptions extends Selection {
  /** The field of .jsonl, .csv and .parquet records that holds their text; "text" if not given. */
  field?: string;
  /** Whether each line of a plain text is a document; blank lines are left out. */
  lines?: boolean;
  /** At most so many documents, the first of those that are wanted. */
  limit?: number;
  /** How many bytes choosing and sorting may hold in memory, and the folder where the rest is kept meanwhile. */
  memory?: number;
  spillFolder?: string;
  /** The number of documents of a generated text; the seed that they are generated from, or that documents are shuffled by. */
  stories?: number;
  seed?: number;
  cacheFolder?: string;
  /** Called while a preset is downloaded. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Called while an input that can be read only once is copied to disk, with its name and the bytes so far. */
  onCopied?: (name: string, bytes: number) => void;
  /** Called while documents are chosen, with how many there are so far. */
  onRead?: (documents: number) => void;
  stdin?: Readable;
}

/**
 * Opens what a user names as text. Documents are read as a stream, however long they are.
 * @param inputs Files (.txt, .jsonl, .csv, also as .gz or .zst; .parquet), folders, globs, `-` for standard input, `builtin:stories`, or a preset's name.
 * @param options `where`, `dedupe`, `shuffle` and `limit` say which documents are wanted, and in what order.
 * @example
 * import { openText } from 'tsgpt';
 * const source = await openText(['poems/', 'more/*.parquet'], { field: 'body', dedupe: true, shuffle: true, seed: 1 });
 * for await (const { text } of source.pieces()) console.log(source.description, text.length);
 */
export async function openText(inputs: string[], options: TextOptions = {}): Promise<TextSource> {
  if (inputs.length === 0)
    throw new UsageError('no text is named', `name a file, a folder, -, ${names().join(', ')}`);
  const sources: Opened[] = [];
  for (const input of new Set(inputs)) sources.push(await openOne(input, options));
  const description = sources.map((source) => source.description).join(' + ');
  if (options.where !== undefined || options.dedupe || options.shuffle)
    return selected(sources, description, options);
  const { limit } = options;
  const all = () => allPieces(sources, description);
  if (limit === undefined) return { description, pieces: all };
  return {
    description: `${description}, ${plural(limit, 'document')} at most`,
    pieces: () => firstDocuments(all(), limit),
  };
}

async function selected(
  sources: Opened[],
  description: string,
  { field = 'text', lines, seed = DEFAULT_SEED, ...options }: TextOptions,
): Promise<TextSource> {
  const parts = sources.flatMap((source): Part[] => {
    if (source.files === undefined) return [{ name: source.description, pieces: () => source.pieces() }];
    return source.files.map(({ path, name }) => ({
      name,
      file: path,
      pieces: () => filePieces(path, field, lines),
    }));
  });
  const { selectDocuments } = await import('./selection.ts');
  const { documents, of, pieces, close } = await selectDocuments(parts, { ...options, field, seed });
  if (documents === 0) throw new TsgptError(`no document of ${description} is left`);
  const how = [
    ...(options.where === undefined ? [] : [`where ${options.where}`]),
    ...(options.dedupe ? ['each text once'] : []),
    ...(options.shuffle ? [`shuffled by seed ${seed}`] : []),
  ];
  return {
    description: `${description}, ${formatCount(documents)} of ${plural(of, 'document')}: ${how.join(', ')}`,
    pieces,
    close,
  };
}

async function* firstDocuments(pieces: AsyncIterable<Piece>, limit: number): AsyncGenerator<Piece> {
  let left = limit;
  for await (const piece of pieces) {
    yield piece;
    if (piece.endsDocument && piece.text !== '' && --left === 0) return;
  }
}

async function* allPieces(sources: TextSource[], description: string): AsyncGenerator<Piece> {
  let empty = true;
  for (const source of sources) {
    for await (const piece of source.pieces()) {
      empty = false;
      yield piece;
    }
  }
  if (empty) throw new TsgptError(`there is no text in ${description}`);
}

/** A known name is preferred to a file of that name, so that `prepare shakespeare --out shakespeare` works twice. */
async function openOne(input: string, options: TextOptions): Promise<Opened> {
  if (input === '-') return readOnce(options.stdin ?? process.stdin, 'standard input', options);
  const exercise = exerciseNamed(input);
  const preset = presets.get(input);
  if (options.lines && (input === STORIES || exercise || preset)) throw withOwnDocuments(input);
  const generated = { count: options.stories ?? DEFAULT_DOCUMENTS, seed: options.seed ?? DEFAULT_SEED };
  if (input === STORIES) {
    const { storySource } = await import('./stories/index.ts');
    return storySource(generated);
  }
  if (exercise !== undefined) return generatedSource(exercise, generated);
  if (preset !== undefined) {
    const { presetSource } = await import('./preset-source.ts');
    return presetSource(input, preset, options);
  }
  const entry = entryAt(input);
  if (entry?.isDirectory()) return filesIn(input, options);
  if (entry?.isFile()) return textFiles([{ path: input, name: basename(input) }], input, options);
  if (entry !== undefined) return readOnce(createReadStream(input), input, options);
  if (isGlob(input)) return filesLike(input, options);
  throw noSuchFile(input);
}

/** Reads standard input, a device, or a pipe such as the shell's <(zcat story.gz). */
async function readOnce(
  input: Readable,
  name: string,
  { onCopied, lines }: TextOptions,
): Promise<TextSource> {
  const bytes = await spool(input, name, (count) => onCopied?.(name, count));
  const text = () => decodeUtf8(bytes(), name);
  return { description: name, pieces: () => (lines ? linePieces(text(), name) : plainPieces(text())) };
}

function noSuchFile(input: string): UsageError {
  const guess = /[\\/.]/.test(input) ? undefined : nearest(input, names());
  return new UsageError(`no such file: ${input}`, guess === undefined ? undefined : `did you mean ${guess}?`);
}

function withOwnDocuments(input: string): UsageError {
  return new UsageError(`lines does not go with ${input}, which has its own documents`, 'leave it out');
}

function names(): string[] {
  return [STORIES, ...EXERCISES, ...presets.keys()];
}

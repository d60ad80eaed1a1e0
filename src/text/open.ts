// Opens what a user names as text: files, folders, globs, standard input, generated texts, presets.

import { createReadStream } from 'node:fs';
import { extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { DownloadProgress } from '../base/download.ts';
import { TsgptError, UsageError } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { nearest } from '../base/nearest.ts';
import { EXERCISES, exerciseNamed } from './exercises.ts';
import { filePieces, textExtensions } from './file.ts';
import { entryAt, filesBelow, filesMatching, isGlob } from './find.ts';
import { DEFAULT_DOCUMENTS, DEFAULT_SEED, generatedSource, STORIES } from './generated.ts';
import { linePieces } from './lines.ts';
import { plainPieces } from './plain.ts';
import { presets } from './presets.ts';
import type { Piece, TextSource } from './source.ts';
import { spool } from './spool.ts';
import { decodeUtf8 } from './utf8.ts';

export interface TextOptions {
  /** The field of .jsonl and .csv records that holds their text; "text" if not given. */
  field?: string;
  /** Whether each line of a plain text is a document; blank lines are left out. */
  lines?: boolean;
  /** The number of documents of a generated text, and the seed that they are generated from. */
  stories?: number;
  seed?: number;
  cacheFolder?: string;
  /** Called while a preset is downloaded. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Called while an input that can be read only once is copied to disk, with its name and the bytes so far. */
  onCopied?: (name: string, bytes: number) => void;
  stdin?: Readable;
}

/**
 * Opens what a user names as text. Documents are read as a stream, however long they are.
 * @param inputs Files (.txt, .jsonl, .csv), folders, globs, `-` for standard input, `builtin:stories`, or a preset's name.
 * @example
 * import { openText } from 'tsgpt';
 * const source = await openText(['poems/', 'more/*.jsonl'], { field: 'body' });
 * for await (const { text } of source.pieces()) console.log(source.description, text.length);
 */
export async function openText(inputs: string[], options: TextOptions = {}): Promise<TextSource> {
  if (inputs.length === 0)
    throw new UsageError('no text is named', `name a file, a folder, -, ${names().join(', ')}`);
  const sources: TextSource[] = [];
  for (const input of new Set(inputs)) sources.push(await openOne(input, options));
  const description = sources.map((source) => source.description).join(' + ');
  return { description, pieces: () => allPieces(sources, description) };
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
async function openOne(input: string, options: TextOptions): Promise<TextSource> {
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
  if (entry?.isDirectory()) return folder(input, options);
  if (entry?.isFile()) return files([input], input, options);
  if (entry !== undefined) return readOnce(createReadStream(input), input, options);
  if (isGlob(input)) return glob(input, options);
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

async function folder(path: string, options: TextOptions): Promise<TextSource> {
  const all = await filesBelow(path);
  const texts = all.filter((file) => textExtensions.includes(extname(file).toLowerCase()));
  const others = all.length - texts.length;
  if (texts.length === 0) {
    throw new TsgptError(
      `no ${textExtensions.join(', ')} file in ${path}${others > 0 ? `, only ${count(others, 'other file')}` : ''}`,
      others > 0 ? `other text files can be named one by one, or as ${join(path, '*.md')}` : undefined,
    );
  }
  const left = others > 0 ? ` (${count(others, 'other file')} left out)` : '';
  return files(texts, `${count(texts.length, 'file')} in ${path}${left}`, options);
}

async function glob(pattern: string, options: TextOptions): Promise<TextSource> {
  const found = await filesMatching(pattern);
  if (found.length === 0) throw new UsageError(`no file matches ${pattern}`);
  return files(found, `${count(found.length, 'file')} matching ${pattern}`, options);
}

function files(paths: string[], description: string, { field = 'text', lines }: TextOptions): TextSource {
  return {
    description,
    async *pieces() {
      for (const path of paths) yield* filePieces(path, field, lines);
    },
  };
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

function count(n: number, what: string): string {
  return `${formatCount(n)} ${what}${n === 1 ? '' : 's'}`;
}

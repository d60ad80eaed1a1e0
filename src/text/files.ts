// Files as one text: those of a folder, those that a glob names, or one.
import { join, relative } from 'node:path';
import { TsgptError, UsageError } from '../base/errors.ts';
import { plural } from '../base/format.ts';
import { filePieces, isTextFile, textExtensions } from './file.ts';
import { filesBelow, filesMatching, globRoot } from './find.ts';
import type { TextSource } from './source.ts';
import { trainingFiles } from './training-files.ts';

export interface Opened extends TextSource {
  /** The files that it is made of; absent where it is none. */
  files?: readonly NamedFile[];
}

interface NamedFile {
  path: string;
  /** From the folder that was named. */
  name: string;
}

/** How files are read. */
export interface Reading {
  field?: string;
  lines?: boolean;
}

export async function filesIn(path: string, options: Reading): Promise<Opened> {
  const all = await filesBelow(path);
  const texts = all.filter(isTextFile);
  const others = all.length - texts.length;
  if (texts.length === 0) {
    throw new TsgptError(
      `no ${textExtensions.join(', ')} file in ${path}${others > 0 ? `, only ${plural(others, 'other file')}` : ''}`,
      others > 0 ? `other text files can be named one by one, or as ${join(path, '*.md')}` : undefined,
    );
  }
  const { wanted, heldBack } = trainingFiles(texts, path);
  const left = [
    ...(heldBack > 0 ? [`${plural(heldBack, 'file')} of other splits`] : []),
    ...(others > 0 ? [plural(others, 'other file')] : []),
  ];
  const leftOut = left.length > 0 ? ` (${left.join(' and ')} left out)` : '';
  const named = wanted.map((file) => ({ path: file, name: relative(path, file) }));
  return textFiles(named, `${plural(wanted.length, 'file')} in ${path}${leftOut}`, options);
}

export async function filesLike(pattern: string, options: Reading): Promise<Opened> {
  const found = await filesMatching(pattern);
  if (found.length === 0) throw new UsageError(`no file matches ${pattern}`);
  const named = found.map((path) => ({ path, name: relative(globRoot(pattern), path) }));
  return textFiles(named, `${plural(found.length, 'file')} matching ${pattern}`, options);
}

export function textFiles(
  named: readonly NamedFile[],
  description: string,
  { field = 'text', lines }: Reading,
): Opened {
  return {
    description,
    files: named,
    async *pieces() {
      for (const { path } of named) yield* filePieces(path, field, lines);
    },
  };
}

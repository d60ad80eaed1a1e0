// Finds what is at a path, the files below a folder, and the files that a glob names. They are sorted by code unit, not by
// locale, so that the order is the same on every machine.

import { type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, systemCode, TsgptError } from '../base/errors.ts';

export async function filesBelow(folder: string, depth = Number.POSITIVE_INFINITY): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isFile() || (entry.isSymbolicLink() && leadsToFile(path))) found.push(path);
    else if (entry.isDirectory() && depth > 0) found.push(...(await filesBelow(path, depth - 1)));
  }
  return found.sort();
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw new TsgptError(`cannot read ${folder}: ${messageOf(error)}`, undefined, { cause: error });
  }
}

function leadsToFile(link: string): boolean {
  return statSync(link, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** What is at the path; undefined where there is nothing. */
export function entryAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new TsgptError(`cannot read ${path}: ${messageOf(error)}`, undefined, { cause: error });
  }
}

export function isGlob(pattern: string): boolean {
  return /[*?[{]/.test(pattern);
}

/** The folder that all of a glob's files are in. */
export function globRoot(pattern: string): string {
  const fixed = pattern.slice(0, pattern.search(/[*?[{]/));
  return fixed.slice(0, fixed.lastIndexOf('/') + 1);
}

/** `*`, `?`, `[abc]` and `{a,b}` within a name, `**` across folders. */
export async function filesMatching(pattern: string): Promise<string[]> {
  const root = globRoot(pattern);
  const rest = pattern.slice(root.length);
  const depth = rest.includes('**') ? Number.POSITIVE_INFINITY : rest.split('/').length - 1;
  const wanted = new RegExp(`^${globSource(rest)}$`, 'u');
  const start = join(root, 'x').length - 1;
  const found = await filesBelow(root || '.', depth);
  return found.filter((path) => wanted.test(path.slice(start).replaceAll('\\', '/')));
}

const GLOB_PART = /\*\*\/|\*\*|\*|\?|\[[^\]]+\]|\{[^{}]*\}|[.+^$()|\\[\]{}]/g;

function globSource(glob: string): string {
  return glob.replace(GLOB_PART, (part) => {
    if (part === '**/') return '(?:.*/)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part.length === 1) return `\\${part}`;
    if (part.startsWith('[')) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    return `(?:${part.slice(1, -1).split(',').map(globSource).join('|')})`;
  });
}

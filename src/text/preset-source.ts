// The text of a preset: from the cache, or downloaded into it first.

import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { type DownloadOptions, download } from '../base/download.ts';
import { TsgptError } from '../base/errors.ts';
import { defaultCacheFolder } from './cache.ts';
import { plainFilePieces } from './file.ts';
import { plainPieces } from './plain.ts';
import type { Preset } from './presets.ts';
import type { Piece, TextSource } from './source.ts';
import { decodeUtf8 } from './utf8.ts';
import { unzip } from './zip.ts';

export async function presetSource(
  name: string,
  { title, url, size, sha256, member }: Preset,
  options: { cacheFolder?: string } & Pick<DownloadOptions, 'onProgress'>,
): Promise<TextSource> {
  const file = join(options.cacheFolder ?? defaultCacheFolder(), name + extname(url));
  if (!existsSync(file)) await download(url, file, { ...options, size, sha256 });
  const actual = (await stat(file)).size; // it may have been put there by hand
  if (actual !== size) {
    throw new TsgptError(
      `expected ${file} to have ${size} bytes, but it has ${actual}`,
      'delete it and try again',
    );
  }
  return {
    description: `${name} (${title})`,
    pieces: () => (member === undefined ? plainFilePieces(file) : memberPieces(file, member)),
  };
}

async function* memberPieces(archive: string, member: string): AsyncGenerator<Piece> {
  const bytes = await unzip(await readFile(archive), member);
  yield* plainPieces(decodeUtf8(slices(bytes, 2 ** 20), member));
}

function* slices(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

// Zip archives, against Python's zipfile and against hostile bytes.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TsgptError } from '../../src/base/errors.ts';
import { unpack, zipEntries, zipPieces } from '../../src/base/zip.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();

const bytesOf = (text: string) => new TextEncoder().encode(text);
const FILES = new Map([
  ['step-000020/config.json', bytesOf('{"a": 1}\n')],
  ['step-000020/leer', new Uint8Array(0)],
  ['ünï', Uint8Array.from({ length: 5000 }, (_, i) => (i * i) & 255)],
]);
const ARCHIVE = Buffer.concat(zipPieces(FILES));

async function contents(archive: Uint8Array): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const entry of zipEntries(archive, 'x.zip'))
    files.set(entry.name, Uint8Array.from(await unpack(entry, 'x.zip')));
  return files;
}

/** Runs Python with `archive` as its first word; skips where there is no Python. */
function python(script: string, archive: string): string | undefined {
  try {
    return execFileSync('python3', ['-c', script, archive], { encoding: 'utf8' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

it('a zip archive gives back the files that were put into it', async () => {
  expect(await contents(ARCHIVE)).toEqual(FILES);
});

it('Python’s zipfile reads our archives', ({ skip }) => {
  const path = join(folder, 'ours.zip');
  writeFileSync(path, ARCHIVE);
  const script = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    print(json.dumps({n: list(z.read(n)) for n in z.namelist()}))`;
  const printed = python(script, path);
  if (printed === undefined) skip('python3 is not installed');
  expect(JSON.parse(printed!)).toEqual(
    Object.fromEntries([...FILES].map(([name, data]) => [name, [...data]])),
  );
});

it('an archive that Python wrote is read: deflated, with a folder and a comment', async ({ skip }) => {
  const path = join(folder, 'theirs.zip');
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as z:
    z.mkdir('run') if hasattr(z, 'mkdir') else z.writestr('run/', '')
    z.writestr('run/a.txt', 'again ' * 1000)
    z.comment = b'made by Python'`;
  if (python(script, path) === undefined) skip('python3 is not installed');
  expect(await contents(readFileSync(path))).toEqual(
    new Map([['run/a.txt', bytesOf('again '.repeat(1000))]]),
  );
});

describe('a hostile zip archive', () => {
  it('that is no archive at all is refused', () => {
    expect(() => zipEntries(bytesOf('hello'), 'x.zip')).toThrow('x.zip is not a zip archive');
  });

  it('with a changed byte in a file is refused by that file’s name', async () => {
    const damaged = Uint8Array.from(ARCHIVE);
    damaged[damaged.indexOf(0x7b)]!++;
    await expect(contents(damaged)).rejects.toThrow(
      'x.zip is a damaged zip archive: at step-000020/config.json',
    );
  });

  it('with any byte changed or its end cut off gives a TsgptError, or files that are no larger', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(ARCHIVE.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
        const changed = Uint8Array.from(cut ? ARCHIVE.subarray(0, at) : ARCHIVE);
        if (!cut) changed[at] = byte;
        try {
          for (const [, data] of await contents(changed)) expect(data.length).toBeLessThanOrEqual(5000);
        } catch (error) {
          expect(error).toBeInstanceOf(TsgptError);
        }
      }),
    );
  });
});

// Files and folders that are written whole or not at all, the leftovers of killed processes, and digests.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { digestFile, readJson, writeFileAtomic, writeFolderAtomic } from '../../src/base/atomic-files.ts';
import { TsgptError } from '../../src/base/errors.ts';
import { removeLeftovers } from '../../src/base/leftovers.ts';
import { temporaryFolder } from '../temporary-folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says it`), { code, syscall: 'write' });
}

/** The id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('writeFileAtomic', () => {
  it('writes and replaces a file, makes the folders above it, and leaves no temporary file', async () => {
    const path = join(folder, 'a', 'b', 'run.json');
    await writeFileAtomic(path, 'first');
    await writeFileAtomic(path, new TextEncoder().encode('second'));
    expect(await readFile(path, 'utf8')).toBe('second');
    expect(await readdir(join(folder, 'a', 'b'))).toEqual(['run.json']);
  });

  it('writes through a link to the file it names', async () => {
    await writeFile(join(folder, 'real'), 'old');
    await symlink('real', join(folder, 'link'));
    await writeFileAtomic(join(folder, 'link'), 'new');
    expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new');
  });

  it('names the file or folder that is in the way, and changes nothing', async () => {
    await writeFile(join(folder, 'file'), 'kept');
    await mkdir(join(folder, 'folder'));
    await expect(writeFileAtomic(join(folder, 'file', 'x'), '')).rejects.toThrow(
      `there is a file where a folder is needed while writing ${join(folder, 'file', 'x')}; nothing was replaced`,
    );
    await expect(writeFileAtomic(join(folder, 'folder'), '')).rejects.toThrow(
      'there is a folder where a file',
    );
    expect((await readdir(folder)).sort()).toEqual(['file', 'folder']);
  });
});

describe('writeFolderAtomic', () => {
  it('replaces a folder as a whole: none of its old files is left', async () => {
    const path = join(folder, 'data');
    await writeFolderAtomic(path, async (temporary) => {
      await writeFile(join(temporary, 'old'), 'old');
    });
    await writeFolderAtomic(path, async (temporary) => {
      expect(await readdir(path)).toEqual(['old']);
      await mkdir(join(temporary, 'deep'));
      await writeFile(join(temporary, 'deep', 'new'), 'new');
    });
    expect(await readdir(path, { recursive: true })).toEqual(['deep', join('deep', 'new')]);
    expect(await readdir(folder)).toEqual(['data']);
  });

  it('keeps the old folder if the new one cannot be filled', async () => {
    const path = join(folder, 'data');
    await mkdir(path);
    await writeFile(join(path, 'old'), 'old');
    const failing = writeFolderAtomic(path, async (temporary) => {
      await writeFile(join(temporary, 'half'), 'ha');
      throw systemError('ENOSPC');
    });
    const error = await failing.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TsgptError);
    expect(error).toMatchObject({
      message: `disk full while writing ${path}; nothing was replaced`,
      hint: expect.stringContaining('free some space'),
    });
    expect(await readdir(folder, { recursive: true })).toEqual(['data', join('data', 'old')]);
  });

  it('does not replace a file by a folder', async () => {
    await writeFile(join(folder, 'data'), 'kept');
    await expect(writeFolderAtomic(join(folder, 'data'), async () => {})).rejects.toThrow(
      'there is a file where',
    );
    expect(await readFile(join(folder, 'data'), 'utf8')).toBe('kept');
    expect(await readdir(folder)).toEqual(['data']);
  });

  it('throws an error that is no system error unchanged, and leaves nothing behind', async () => {
    const bug = new TypeError('a bug');
    await expect(writeFolderAtomic(join(folder, 'x'), () => Promise.reject(bug))).rejects.toBe(bug);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('removeLeftovers', () => {
  it('removes what dead processes left, but neither what living ones are writing nor other files', async () => {
    const dead = deadPid();
    await mkdir(join(folder, `.step-000500.tmp-${dead}-00ff`));
    await writeFile(join(folder, `.run.json.tmp-${dead}-00ff`), '');
    await writeFile(join(folder, `.log.tmp-${process.pid}-00ff`), 'of an earlier process that had our id');
    await writeFile(join(folder, `.log.tmp-${process.ppid}-00ff`), 'of a living process');
    await writeFile(join(folder, '.gitignore'), '');
    await writeFolderAtomic(join(folder, 'new'), async () => {
      expect(await removeLeftovers(folder)).toHaveLength(3);
    });
    expect((await readdir(folder)).sort()).toEqual(['.gitignore', `.log.tmp-${process.ppid}-00ff`, 'new']);
  });

  it('moves a folder back that a killed process had moved aside and not yet replaced', async () => {
    const dead = deadPid();
    await mkdir(join(folder, `.gone.old-${dead}-1`));
    await writeFile(join(folder, `.gone.old-${dead}-1`, 'x'), 'the only copy');
    await mkdir(join(folder, `.there.old-${dead}-1`));
    await mkdir(join(folder, 'there'));
    await removeLeftovers(folder);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(['gone', join('gone', 'x'), 'there']);
  });

  it('returns no names for a folder that does not exist, and does not make it', async () => {
    expect(await removeLeftovers(join(folder, 'none'))).toEqual([]);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});

describe('readJson and digestFile', () => {
  const schema = z.object({ layers: z.array(z.object({ width: z.int() })) });

  it('readJson names the file, and the place in it that is wrong', async () => {
    const path = join(folder, 'c.json');
    await writeFile(path, '\uFEFF{"layers": [{"width": 2}]}');
    expect(await readJson(path, schema)).toEqual({ layers: [{ width: 2 }] });
    await writeFile(path, '{"layers": [{"width": 2}, {"width": "wide"}]}');
    await expect(readJson(path, schema)).rejects.toThrow(
      `${path} does not hold what was expected: layers[1].width`,
    );
    await writeFile(path, '{"layers": ');
    await expect(readJson(path, schema)).rejects.toThrow(`${path} is not valid JSON`);
    await expect(readJson(join(folder, 'none.json'), schema)).rejects.toThrow(
      'no such file or folder while reading',
    );
    await expect(readJson(folder, schema)).rejects.toThrow('there is a folder where a file is needed');
  });

  it('digestFile gives the SHA-256 of a million times a that FIPS 180 gives', async () => {
    const path = join(folder, 'million');
    await writeFile(path, 'a'.repeat(1_000_000));
    expect(await digestFile(path)).toEqual({
      size: 1_000_000,
      sha256: 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0',
    });
    await expect(digestFile(join(folder, 'none'))).rejects.toThrow(TsgptError);
  });
});

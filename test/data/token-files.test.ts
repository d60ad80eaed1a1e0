// Thousands of token files, read as one.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openTokenFiles } from '../../src/data/token-files.ts';
import { temporaryFolder } from '../temporary-folder.ts';

it.skipIf(!existsSync('/proc/self/fd'))(
  'of a thousand files, read at any place and across their edges, few are open at a time',
  () => {
    const folder = temporaryFolder();
    const files = Array.from({ length: 1000 }, (_, i) => {
      const tokens = i % 4; // some are empty
      const path = join(folder, `${i}.bin`);
      writeFileSync(
        path,
        Uint16Array.from({ length: tokens }, (_, j) => 4 * i + j),
      );
      return { path, tokens, sha256: '' };
    });
    const all = files.flatMap(({ tokens }, i) => Array.from({ length: tokens }, (_, j) => 4 * i + j));
    const openNow = () => readdirSync('/proc/self/fd').length;
    const before = openNow();
    const row = openTokenFiles(files, 'uint16', 7);
    expect([row.length, row.endOfText]).toEqual([1500, 7]);
    for (let at = 0; at + 11 <= all.length; at += 7)
      expect([...row.read(at, 11)]).toEqual(all.slice(at, at + 11));
    expect([...row.read(0, all.length)]).toEqual(all);
    expect(openNow() - before).toBeLessThanOrEqual(128);
    row.close();
    expect(openNow()).toBeLessThanOrEqual(before);
  },
);

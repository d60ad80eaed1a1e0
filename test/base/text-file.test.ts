import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readTextFile } from '../../src/base/text-file.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();

it('reads a file of several chunks whole', async () => {
  const text = 'é🙂'.repeat(100_000);
  await writeFile(join(folder, 'long.txt'), text);
  expect(readTextFile(join(folder, 'long.txt')) === text).toBe(true);
  await writeFile(join(folder, 'empty.txt'), '');
  expect(readTextFile(join(folder, 'empty.txt'))).toBe('');
});

it('refuses what is larger than it should be', async () => {
  await writeFile(join(folder, 'five.txt'), '12345');
  expect(readTextFile(join(folder, 'five.txt'), 5)).toBe('12345');
  expect(() => readTextFile(join(folder, 'five.txt'), 4)).toThrow(
    `expected ${join(folder, 'five.txt')} to be a file of at most 4 B, but it has more`,
  );
});

it.runIf(existsSync('/dev/zero'))('refuses a device that never ends', () => {
  expect(() => readTextFile('/dev/zero', 2 ** 20)).toThrow(
    'expected /dev/zero to be a file of at most 1.0 MiB',
  );
});

it('says what is not there', () => {
  expect(() => readTextFile(join(folder, 'none'))).toThrow('no such file or folder while reading');
  expect(() => readTextFile(folder)).toThrow('there is a folder where a file is needed while reading');
});

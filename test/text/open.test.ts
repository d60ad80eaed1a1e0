import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { defaultCacheFolder } from '../../src/text/cache.ts';
import { openText } from '../../src/text/open.ts';
import { spool } from '../../src/text/spool.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { all, documents } from './chunks.ts';

const folder = temporaryFolder();

beforeAll(async () => {
  await save('poems/b.txt', 'roses');
  await save('poems/a.txt', '\ufeffviolets');
  await save('poems/Z.TXT', 'tulips');
  await save('poems/deep/c.jsonl', '{"text":"one"}\n{"text":"two"}\n');
  await save('poems/deep/d.csv', 'id,text\n1,"x, y"\n');
  await save('poems/notes.md', '# notes');
  await save('poems/picture.png', '\x89PNG\0');
  await save('other/only.md', 'x');
  await save('none/empty.txt', '');
  await symlink(join(folder, 'poems/notes.md'), join(folder, 'poems/link.txt'));
  await symlink(join(folder, 'poems'), join(folder, 'poems/deep/loop'));
  await symlink(join(folder, 'gone'), join(folder, 'poems/dead.txt'));
});

async function save(name: string, content: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content, name.endsWith('png') ? 'latin1' : 'utf8');
}

const at = (name: string) => join(folder, name);
const read = async (...inputs: string[]) => documents((await openText(inputs)).pieces());

describe('files and folders', () => {
  test('a file of any extension is read, and read again', async () => {
    const source = await openText([at('poems/notes.md')]);
    expect(source.description).toBe(at('poems/notes.md'));
    expect(await documents(source.pieces())).toEqual(['# notes']);
    expect(await documents(source.pieces())).toEqual(['# notes']);
  });

  test('a folder gives its text files by path, and counts the others', async () => {
    const source = await openText([at('poems')]);
    expect(source.description).toBe(`6 files in ${at('poems')} (2 other files left out)`);
    expect(await documents(source.pieces())).toEqual([
      'tulips',
      'violets',
      'roses',
      'one',
      'two',
      'x, y',
      '# notes',
    ]);
  });

  test('several inputs are read in their order, each once', async () => {
    const source = await openText([at('poems/b.txt'), at('poems/a.txt'), at('poems/b.txt')]);
    expect(source.description).toBe(`${at('poems/b.txt')} + ${at('poems/a.txt')}`);
    expect(await documents(source.pieces())).toEqual(['roses', 'violets']);
  });

  test('lines of plain text are documents where that is asked for, and records stay what they are', async () => {
    await save('lines.txt', '\ufeffone <|endoftext|> more\r\n\n  \ntwo\n three');
    const lines = ['one <|endoftext|> more', 'two', ' three'];
    const inputs = [at('lines.txt'), at('poems/deep/c.jsonl')];
    expect(await documents((await openText(inputs, { lines: true })).pieces())).toEqual([
      ...lines,
      'one',
      'two',
    ]);
    const stdin = Readable.from([Buffer.from('one <|endoftext|> more\ntwo\n'), Buffer.from(' three')]);
    const source = await openText(['-'], { lines: true, stdin });
    expect(await documents(source.pieces())).toEqual(lines);
    expect(await documents(source.pieces())).toEqual(lines);
  });

  test.each(['builtin:stories', 'builtin:copying-7', 'shakespeare'])(
    'lines of %s are refused',
    async (name) => {
      await expect(openText([name], { lines: true })).rejects.toThrow(`lines does not go with ${name}`);
    },
  );

  test('a folder without text files is refused, with what can be named', async () => {
    await expect(openText([at('other')])).rejects.toMatchObject({
      message: `no .txt, .jsonl, .csv, .parquet file in ${at('other')}, only 1 other file`,
      hint: `other text files can be named one by one, or as ${at('other')}/*.md`,
    });
  });

  test('a file without any text is refused, unless other inputs have some', async () => {
    await expect(read(at('none/empty.txt'))).rejects.toThrow(`there is no text in ${at('none/empty.txt')}`);
    await expect(read(at('none'))).rejects.toThrow(`there is no text in 1 file in ${at('none')}`);
    expect(await read(at('none'), at('poems/b.txt'))).toEqual(['roses']);
  });

  test('an error names the file that it is in', async () => {
    await expect(read(at('poems/picture.png'))).rejects.toThrow(
      `${at('poems/picture.png')} is not text: it has a zero byte at offset 4`,
    );
    await save('bad/in.jsonl', '{}');
    await expect(read(at('bad'))).rejects.toThrow(`${at('bad/in.jsonl')}, line 1: there is no field "text"`);
  });

  test('the option field names the field of .jsonl and .csv that is read', async () => {
    await save('rows/a.jsonl', '{"story":"s"}');
    await save('rows/b.csv', 'story\nt\n');
    const source = await openText([at('rows')], { field: 'story' });
    expect(await documents(source.pieces())).toEqual(['s', 't']);
  });

  test('a long file comes in pieces that make up its text', async () => {
    const text = 'the quick brown fox jumps over the lazy dog and '.repeat(60_000);
    await save('long.txt', text);
    const pieces = await all((await openText([at('long.txt')])).pieces());
    expect(pieces.length).toBe(3);
    expect(pieces.map((piece) => piece.text).join('') === text).toBe(true);
  });
});

describe('globs', () => {
  test.each([
    ['poems/*.txt', ['link.txt', 'a.txt', 'b.txt']],
    ['poems/**/*.{csv,md}', ['d.csv', 'notes.md']],
    ['poems/?.[tT]*', ['Z.TXT', 'a.txt', 'b.txt']],
    ['poems/[!a].txt', ['b.txt']],
    ['*/*/c.jsonl', ['c.jsonl']],
    ['**/on*', ['only.md']],
  ])('%s', async (pattern, names) => {
    const count = `${names.length} file${names.length === 1 ? '' : 's'}`;
    expect((await openText([at(pattern)])).description).toBe(`${count} matching ${at(pattern)}`);
  });

  test('the files of a glob come by path', async () => {
    expect(await read(at('poems/[ab].txt'))).toEqual(['violets', 'roses']);
  });

  test('a glob that matches nothing is refused', async () => {
    await expect(openText([at('poems/*.doc')])).rejects.toThrow(`no file matches ${at('poems/*.doc')}`);
    await expect(openText([at('nowhere/*.txt')])).rejects.toThrow('no file matches');
  });
});

describe('what can be read only once', () => {
  test('standard input is read twice', async () => {
    const stdin = Readable.from([Buffer.from('one\n<|endof'), Buffer.from('text|>\ntwo')]);
    const source = await openText(['-'], { stdin });
    expect(source.description).toBe('standard input');
    expect(await documents(source.pieces())).toEqual(['one', 'two']);
    expect(await documents(source.pieces())).toEqual(['one', 'two']);
  });

  test('errors about standard input call it so', async () => {
    const open = async (...bytes: number[]) =>
      all((await openText(['-'], { stdin: Readable.from([Buffer.from(bytes)]) })).pieces());
    await expect(open(0x61, 0xe9)).rejects.toThrow('standard input is not UTF-8: byte 0xe9 at offset 1');
    await expect(open()).rejects.toThrow('there is no text in standard input');
  });

  test('the copy loses its name at once, so that nothing is left however the process ends', async () => {
    await mkdir(at('tmp'));
    vi.stubEnv('TMPDIR', at('tmp'));
    const read = await spool(Readable.from([Buffer.from('x')]), 'standard input');
    expect(await readdir(at('tmp'))).toEqual([]);
    vi.unstubAllEnvs();
    expect(Buffer.concat(await all(read())).toString()).toBe('x');
  });

  test.skipIf(process.platform === 'win32')(
    'standard input is refused where there is no folder for temporary files',
    async () => {
      vi.stubEnv('TMPDIR', at('nowhere'));
      await expect(openText(['-'], { stdin: Readable.from(['x']) })).rejects.toMatchObject({
        message: expect.stringContaining(`cannot keep standard input in ${at('nowhere')}: ENOENT`),
        hint: expect.stringContaining('set TMPDIR'),
      });
      vi.unstubAllEnvs();
    },
  );

  test('input that is not text is refused at its first bad byte, though it never ends', async () => {
    let asked = 0;
    function* endless() {
      for (;;) yield Buffer.from(asked++ < 3 ? 'text' : [0]);
    }
    const copied: number[] = [];
    const options = {
      stdin: Readable.from(endless()),
      onCopied: (_: string, bytes: number) => copied.push(bytes),
    };
    await expect(openText(['-'], options)).rejects.toThrow(
      'standard input is not text: it has a zero byte at offset 12',
    );
    expect(copied).toEqual([0, 4, 8, 12, 13]);
    expect(asked).toBeLessThan(100);
  });

  test.runIf(existsSync('/dev/zero'))(
    'a device that is not text is refused at its first bad byte',
    async () => {
      await expect(openText(['/dev/zero'])).rejects.toThrow(
        '/dev/zero is not text: it has a zero byte at offset 0',
      );
      await expect(openText(['/dev/urandom'])).rejects.toThrow(/^\/dev\/urandom is not (UTF-8|text)/);
    },
  );

  test.skipIf(process.platform === 'win32')('a named pipe is read twice', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const [source] = await Promise.all([openText([at('pipe')]), writeFile(at('pipe'), 'from a pipe')]);
    expect(await documents(source.pieces())).toEqual(['from a pipe']);
    expect(await documents(source.pieces())).toEqual(['from a pipe']);
  });
});

describe('names', () => {
  test.each([
    ['shakespear', 'did you mean shakespeare?'],
    ['tiny-stories', 'did you mean tinystories?'],
    ['wikitext2', 'did you mean wikitext-2?'],
    ['builtin:story', 'did you mean builtin:stories?'],
    ['zzzz', undefined],
    ['poems.txt', undefined],
    ['./shakespear', undefined],
  ])('%s', async (name, hint) => {
    await expect(openText([name])).rejects.toMatchObject({
      exitCode: 2,
      message: `no such file: ${name}`,
      hint,
    });
  });

  test('an empty list of names is refused', async () => {
    await expect(openText([])).rejects.toMatchObject({
      message: 'no text is named',
      hint: expect.stringContaining('builtin:stories, builtin:copying-20, builtin:counting-10, shakespeare'),
    });
  });

  test('the built-in stories are opened by name', async () => {
    const tell = async (seed: number) =>
      documents((await openText(['builtin:stories'], { stories: 3, seed })).pieces());
    expect(await tell(5)).toHaveLength(3);
    expect(await tell(5)).not.toEqual(await tell(6));
  });
});

describe('presets', () => {
  const shakespeare = join(import.meta.dirname, '../../../shared/data/tinyshakespeare.txt');

  test.skipIf(!existsSync(shakespeare))('a preset in the cache is not downloaded', async () => {
    await mkdir(at('cache'));
    await writeFile(at('cache/shakespeare.txt'), await readFile(shakespeare));
    const source = await openText(['shakespeare'], { cacheFolder: at('cache') });
    expect(source.description).toBe('shakespeare (Tiny Shakespeare)');
    expect((await documents(source.pieces())).map((text) => text.slice(0, 14))).toEqual(['First Citizen:']);
  });

  test('a preset put into the cache by hand must have the right size', async () => {
    await save('partial/tinystories.txt', 'Once');
    await expect(openText(['tinystories'], { cacheFolder: at('partial') })).rejects.toMatchObject({
      message: `expected ${at('partial/tinystories.txt')} to have 2227753162 bytes, but it has 4`,
      hint: 'delete it and try again',
    });
  });

  test('the cache is where the environment says', () => {
    expect(defaultCacheFolder({ TSGPT_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
    expect(defaultCacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/tsgpt');
    expect(defaultCacheFolder({})).toMatch(/\.cache\/tsgpt$/);
  });
});

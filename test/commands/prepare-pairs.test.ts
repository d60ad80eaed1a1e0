// tsgpt prepare --pairs: files and generated tasks into tokens, as a user would; and who refuses such a folder.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/dataset.ts';
import { PAIR_TASKS } from '../../src/text/pair-tasks/list.ts';
import { loadTokenizer } from '../../src/tokenizers/store.ts';
import { tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { tsgptHere } from './in-process.ts';
import { prepareStories, trainTiny } from './tiny.ts';

const cwd = temporaryFolder();
const run = (words: string) => tsgptHere(words.split(' '), cwd);

const PAIRS = Array.from({ length: 30 }, (_, i) => [`Satz ${i}`, `sentence no. ${i}`] as const);

beforeAll(async () => {
  const write = (name: string, lines: string[]) => writeFile(join(cwd, name), `${lines.join('\n')}\n`);
  await write(
    'pairs.tsv',
    PAIRS.map((pair) => pair.join('\t')),
  );
  await write('pairs.csv', ['en,id,de', ...PAIRS.map(([de, en], i) => `${en},${i},${de}`)]);
  await write(
    'pairs.jsonl',
    PAIRS.map(([source, target]) => JSON.stringify({ source, target })),
  );
  await write('broken.tsv', ['a\tb', 'c']);
  await write('empty.csv', ['source,target', 'a,']);
  await write('one.txt', ['a text']);
});

describe('tsgpt prepare --pairs', () => {
  it('has every generated task in its help', async () => {
    const { stdout } = await run('prepare --help');
    for (const { name } of PAIR_TASKS) expect(stdout).toContain(name);
  });

  it('prints meta.json with --json in a process of its own, and the tokens are those of the pairs', async () => {
    const words = 'prepare --pairs builtin:sums --count 500 --seed 3 --out data/sums --json';
    const { code, stdout } = await tsgpt(words.split(' '), { cwd });
    const meta = JSON.parse(await readFile(join(cwd, 'data/sums/meta.json'), 'utf8'));
    expect([code, JSON.parse(stdout)]).toEqual([0, { ...meta, out: 'data/sums' }]);
    expect(meta).toMatchObject({
      kind: 'pairs',
      source: 'builtin:sums (500 pairs, seed 3)',
      ceiling: 1,
      seed: 3,
    });
    const data = openDataset(join(cwd, 'data/sums'), 'pairs');
    await data.verify();
    const tokenizer = await loadTokenizer(join(cwd, 'data/sums'));
    for (let i = 0; i < data.test.length; i++) {
      const { source, target } = data.test.at(i);
      const [a, b] = tokenizer.decode(source).split('+').map(Number);
      expect(tokenizer.decode(target)).toBe(String(a! + b!));
    }
    data.close();
  });

  it.each([
    ['pairs.tsv', ''],
    ['pairs.csv', ' --fields de,en'],
    ['pairs.jsonl', ''],
  ])('reads %s', async (file, flags) => {
    const out = `data/${file}`;
    const ended = await run(
      `prepare --pairs ${file}${flags} --tokenizer char --val-fraction 0.2 --out ${out}`,
    );
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^pairs +pairs\.\w+\n/) });
    const data = openDataset(join(cwd, out), 'pairs');
    const tokenizer = await loadTokenizer(join(cwd, out));
    const texts = [data.train, data.val, data.test].flatMap((split) =>
      Array.from({ length: split.length }, (_, i) => split.at(i)),
    );
    const found = texts.map(({ source, target }) => [tokenizer.decode(source), tokenizer.decode(target)]);
    expect(found.sort()).toEqual(PAIRS.map((pair) => [...pair]).sort());
    data.close();
  });

  it('takes another tokenizer for the sources, and the name of one for both', async () => {
    const words = 'prepare --pairs pairs.tsv --tokenizer char --source-tokenizer byte --out data/two --json';
    expect(JSON.parse((await run(words)).stdout)).toMatchObject({
      tokenizer: { kind: 'char' },
      sourceTokenizer: { kind: 'byte' },
    });
    expect((await loadTokenizer(join(cwd, 'data/two'))).source?.kind).toBe('byte');
    const again = 'prepare --pairs pairs.tsv --tokenizer data/two --out data/again --json';
    expect(JSON.parse((await run(again)).stdout)).toMatchObject({
      tokenizer: { kind: 'char' },
      sourceTokenizer: { kind: 'byte' },
    });
    const tags = 'prepare --pairs builtin:tags --count 50 --out data/tags --json';
    const { tokenizer, sourceTokenizer } = JSON.parse((await run(tags)).stdout);
    expect([tokenizer.kind, sourceTokenizer.kind]).toEqual(['word', 'word']);
    expect(sourceTokenizer.fingerprint).not.toBe(tokenizer.fingerprint);
  });
});

describe('tsgpt prepare --pairs refuses', () => {
  it.each([
    ['builtin:date', 2, 'there is no generated task builtin:date', 'did you mean builtin:dates?'],
    ['one.txt', 2, 'expected a file (.tsv, .jsonl, .csv) or a generated task for pairs', 'builtin:sums'],
    ['absent.tsv', 2, 'no such file: absent.tsv'],
    ['broken.tsv', 1, 'broken.tsv, line 2: expected one tab, but there are 0'],
    ['empty.csv', 1, 'empty.csv, line 2: the target is empty'],
    ['pairs.csv', 1, 'pairs.csv, line 1: there is no field "source"', '--fields'],
    ['pairs.csv --fields de', 2, 'expected two names with a comma between, such as en,de for --fields'],
    ['pairs.tsv --fields a,b', 2, 'fields do not go with pairs.tsv'],
    ['pairs.tsv --field a', 2, '--field does not go with --pairs', '--fields source,target'],
    ['pairs.tsv --lines', 2, '--lines does not go with --pairs'],
    ['pairs.tsv --count 3', 2, 'count 3 does not go with pairs.tsv'],
    ['pairs.tsv one.txt', 2, 'expected pairs or a text, but got both: --pairs and one.txt'],
    ['pairs.tsv --val-fraction 0.6', 2, 'above 0 and below 0.5'],
    ['pairs.tsv --tokenizer gtp2', 2, 'unknown tokenizer "gtp2"'],
    ['pairs.tsv --source-tokenizer gtp2', 2, 'unknown tokenizer "gtp2"'],
    ['pairs.tsv --tokenizer char --vocab-size 300', 2, 'vocab-size 300 does not go with the tokenizer char'],
    ['builtin:sums --count 0', 2, 'expected a whole number of 1 or more for --count'],
    ['builtin:reverse-x', 2, 'expected a whole number from 1 to 9999 for builtin:reverse-<n>'],
  ])('%s', async (words, code, ...parts) => {
    const ended = await run(`prepare --pairs ${words} --out data/x`);
    expect(ended).toMatchObject({ code, stdout: '' });
    for (const part of parts) expect(ended.stderr).toContain(part);
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
  });

  it.each(['--fields a,b', '--source-tokenizer byte'])('%s where there are no pairs', async (flags) => {
    const ended = await run(`prepare one.txt ${flags} --out data/x`);
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${flags.split(' ')[0]} is of pairs`),
    });
  });
});

describe('pairs are refused where a text is needed', () => {
  beforeAll(async () => {
    await run('prepare --pairs pairs.tsv --tokenizer char --out data/pairs');
    await prepareStories(cwd);
    await trainTiny(cwd, 'runs/a');
  });

  it.each([
    ['train --out runs/x', 'gpt learns next-token from tokens, but data/pairs holds pairs'],
    ['eval runs/a', 'expected a text, but data/pairs holds pairs of texts'],
    [
      'compare --archs gpt --out runs/y',
      'expected a folder of tokens to learn next-token from, but data/pairs holds pairs',
    ],
    ['train --out runs/a --resume', 'data/pairs is not the text this run was trained on'],
  ])('tsgpt %s', async (words, message) => {
    const ended = await run(`${words} --data data/pairs`);
    expect(ended.code).toBeGreaterThan(0);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
  });
});

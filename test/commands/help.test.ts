// Help, and mistakes that are told before anything is loaded.
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { VERBS } from '../../src/commands/verbs.ts';
import { notInstalled, tsgpt } from './run-cli.ts';

const cwd = tmpdir();
const run = (...words: string[]) => tsgpt(words, { cwd });

describe.concurrent('help', () => {
  it.each(Object.keys(VERBS))(
    '%s --help: prints options and examples, and does not load tfjs',
    async (verb) => {
      const preload = notInstalled('#tfjs');
      const help = await tsgpt([verb, '--help'], { cwd, preload });
      expect(help).toMatchObject({ code: 0, stderr: '' });
      expect(help.stdout).toMatch(new RegExp(`^Usage: tsgpt ${verb}`));
      expect(help.stdout).toContain('-h, --help');
      expect(help.stdout).toContain('\nExamples:\n  ');
    },
  );

  it('the check for tfjs bites, and an error of ours shows its stack', async () => {
    const preload = notInstalled('#tfjs');
    const doctor = await tsgpt(['doctor'], { cwd, preload });
    expect(doctor).toMatchObject({ code: 1, stdout: '' });
    expect(doctor.stderr).toMatch(/Error: Cannot find package '#tfjs.*\n {4}at /);
    expect(doctor.stderr).toContain('This is a bug in tsgpt');
  });

  it('no words, --help, -h and help say the same', async () => {
    const [none, ...others] = await Promise.all([run(), run('--help'), run('-h'), run('help')]);
    expect(none).toMatchObject({ code: 0, stderr: '' });
    for (const verb of Object.keys(VERBS)) expect(none.stdout).toMatch(new RegExp(`^ {2}${verb} `, 'm'));
    for (const other of others) expect(other).toEqual(none);
  });

  it('help <verb> is <verb> --help', async () => {
    const [help, flag] = await Promise.all([run('help', 'train'), run('train', '--help')]);
    expect(help).toEqual(flag);
    expect(help.stdout).toContain('--learning-rate <n>');
  });

  it('every setting has one flag, with its default said once', async () => {
    const { stdout } = await run('train', '--help');
    const flags = [...stdout.matchAll(/^ {2}(--[a-z0-9-]+)/gm)].map(([, flag]) => flag);
    expect(new Set(flags).size).toBe(flags.length);
    const described = stdout.split(/\n(?= {2}--)/);
    expect(described.find((text) => text.startsWith('  --width'))).toMatch(/\(default: 128\)\s*$/);
    for (const text of described)
      expect(text.match(/\(default:/g) ?? []).toHaveLength(/default:/.test(text) ? 1 : 0);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(84);
  });

  it.each(['train', 'eval', 'compare', 'sample'])('%s names every backend', async (verb) => {
    const { stdout } = await run(verb, '--help');
    expect(stdout).toMatch(/--backend <name> +auto, webgpu, tensorflow, native or plain \(default:\s+auto\)/);
    expect(stdout).toContain('--threads <n>');
  });

  it('--version is that of package.json', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe.concurrent('wrong usage: code 2, nothing on stdout, the mistake and what to do', () => {
  const cases: [words: string, error: string, hint: string][] = [
    ['trian', 'error: unknown verb "trian"', 'did you mean train?'],
    ['help trian', 'error: unknown verb "trian"', 'did you mean train?'],
    ['tokenizer encod x', "error: unknown command 'encod'", 'did you mean encode?'],
    ['train --learnig-rate 3', "error: unknown option '--learnig-rate'", 'did you mean --learning-rate?'],
    ['train --ou x', "error: unknown option '--ou'", 'did you mean --out?'],
    ['train --width', "error: option '--width <n>' argument missing", 'tsgpt train --help'],
    ['train', 'error: expected --out <folder>', 'as in --out checkpoints/'],
    ['prepare x.txt', 'error: expected --out <folder>', 'as in --out data/'],
    ['tokenizer train x.txt --out y', 'error: expected --vocab-size <n>', 'as in --vocab-size'],
    ['sample', "error: missing required argument 'run'", 'tsgpt sample --help'],
    ['sample a b', "error: too many arguments for 'sample'", 'tsgpt sample --help'],
    ['--bad', "error: unknown option '--bad'", 'tsgpt --help'],
  ];
  it.each(cases)('tsgpt %s', async (words, error, hint) => {
    const { code, stdout, stderr } = await run(...words.split(' '));
    const [first, second, ...rest] = stderr.split('\n');
    expect([code, stdout, rest]).toEqual([2, '', ['']]);
    expect(first).toContain(error);
    expect(second).toMatch(/^ {2}→ /);
    expect(second).toContain(hint);
  });

  it('a verb of verbs by itself shows them', async () => {
    const { code, stdout, stderr } = await run('tokenizer');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Usage: tsgpt tokenizer/);
  });
});

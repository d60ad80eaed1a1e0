// Help, and mistakes that are told before anything is loaded.
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { VERBS } from '../../src/commands/verbs.ts';
import { notInstalled, tsgpt } from '../program.ts';
import { tsgptHere } from './in-process.ts';

const cwd = tmpdir();
const run = (...words: string[]) => tsgptHere(words, cwd);

describe('help', () => {
  it.each(Object.keys(VERBS))('%s --help prints options and examples', async (verb) => {
    const help = await run(verb, '--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(new RegExp(`^Usage: tsgpt ${verb}`));
    expect(help.stdout).toContain('-h, --help');
    expect(help.stdout).toContain('\nExamples:\n  ');
  });

  it('train --help in a process of its own prints what it prints here, and loads no tfjs', async () => {
    const preload = notInstalled('#tfjs');
    // That no other verb loads it either is seen in the imports (architecture.test.ts).
    const help = await tsgpt(['train', '--help'], { cwd, preload });
    expect(help).toEqual(await run('train', '--help'));
    const doctor = await tsgpt(['doctor'], { cwd, preload }); // which needs it: the preload bites
    expect(doctor).toMatchObject({ code: 1, stdout: '' });
    expect(doctor.stderr).toMatch(/Error: Cannot find package '#tfjs.*\n {4}at /);
    expect(doctor.stderr).toContain('This is a bug in tsgpt');
  });

  it('no words, --help, -h and help say the same', async () => {
    const none = await run();
    expect(none).toMatchObject({ code: 0, stderr: '' });
    for (const verb of Object.keys(VERBS)) expect(none.stdout).toMatch(new RegExp(`^ {2}${verb} `, 'm'));
    for (const words of ['--help', '-h', 'help']) expect(await run(words)).toEqual(none);
  });

  it('help <verb> is <verb> --help', async () => {
    const help = await run('help', 'train');
    expect(help).toEqual(await run('train', '--help'));
    expect(help.stdout).toContain('--learning-rate <n>');
  });

  it('every setting has one flag, with its default said once', async () => {
    const { stdout } = await run('train', '--help');
    const flags = [...stdout.matchAll(/^ {2}(--[a-z0-9-]+)/gm)].map(([, flag]) => flag);
    expect(new Set(flags).size).toBe(flags.length);
    const described = stdout.split(/\n(?= {2}--)/);
    expect(described.find((text) => text.startsWith('  --width'))).toMatch(/\(default:\s+128\)\s*$/);
    for (const text of described)
      expect(text.match(/\(default:/g) ?? []).toHaveLength(/default:/.test(text) ? 1 : 0);
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(84);
  });

  it.each(['train', 'eval', 'compare', 'sample'])('%s names every backend', async (verb) => {
    const { stdout } = await run(verb, '--help');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      '--backend <name> auto, webgpu, tensorflow, native or plain (default: auto)',
    );
    expect(stdout).toContain('--threads <n>');
  });

  it('--version is that of package.json', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await tsgpt(['--version'], { cwd })).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
      stderr: '',
    });
  });
});

describe('wrong usage: code 2, nothing on stdout, the mistake and what to do', () => {
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
  it.each(cases)('tsgpt %s is told what is wrong, and a way out', async (words, error, hint) => {
    const { code, stdout, stderr } = await run(...words.split(' '));
    const [first, second, ...rest] = stderr.split('\n');
    expect([code, stdout, rest]).toEqual([2, '', ['']]);
    expect(first).toContain(error);
    expect(second).toMatch(/^ {2}→ /);
    expect(second).toContain(hint);
  });

  it('train --width in a process of its own prints what it prints here, and ends with its code', async () => {
    const words = ['train', '--width'];
    expect(await tsgpt(words, { cwd })).toEqual(await run(...words));
  });

  it('tsgpt tokenizer, a verb of verbs, shows them', async () => {
    const { code, stdout, stderr } = await run('tokenizer');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Usage: tsgpt tokenizer/);
  });
});

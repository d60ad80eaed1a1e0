// Ctrl-C, and readers that leave early.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { prepareStories, trainTiny } from './tiny.ts';

const cwd = temporaryFolder();
beforeAll(async () => {
  await prepareStories(cwd);
  await trainTiny(cwd, 'runs/done');
});

const LONG =
  '--layers 1 --heads 2 --width 16 --context 16 --batch-size 4 --max-steps 100000 --eval-tokens 400';
const train = (out: string, ...more: string[]) => [
  ...['train', '--data', 'data/stories', '--out', out],
  ...LONG.split(' '),
  ...more,
];

const readRun = async (out: string) => JSON.parse(await readFile(join(cwd, out, 'run.json'), 'utf8'));

describe.concurrent('Ctrl-C', () => {
  it('while training saves, exits with 130, and --resume goes on from there', async () => {
    const stopped = await tsgpt(train('runs/a', '--json'), {
      cwd,
      meanwhile: async ({ child, said }) => {
        await said('step 1/');
        child.kill('SIGINT');
      },
    });
    expect(stopped.code).toBe(130);
    const { ended, step, last } = JSON.parse(stopped.stdout);
    expect(ended).toBe('interrupted');
    expect(stopped.stderr).toContain('stopping after this batch');
    expect(await readRun('runs/a')).toMatchObject({ status: 'interrupted', last });
    expect(Number(last.slice('step-'.length))).toBe(step);
    const words = ['train', '--out', 'runs/a', '--resume', '--max-seconds', '0.001'];
    const resumed = await tsgpt(words, { cwd });
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toContain(`going on from ${last}`);
  });

  it('twice while training leaves at once, and the last checkpoint is whole', async () => {
    const { code } = await tsgpt(train('runs/b'), {
      cwd,
      meanwhile: async ({ child, said }) => {
        await said('step 1/');
        child.kill('SIGINT');
        await said('press Ctrl-C again');
        child.kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(await tsgpt(['sample', 'runs/b', '--max-tokens', '1'], { cwd })).toMatchObject({ code: 0 });
  });

  it('while sampling keeps what was written', async () => {
    const { code, stdout, stderr } = await tsgpt(
      'sample runs/done --stream --max-tokens 1000000 --prompt Once'.split(' '),
      {
        cwd,
        meanwhile: async ({ child }) => {
          await once(child.stdout, 'data');
          child.kill('SIGINT');
        },
      },
    );
    expect([code, stderr]).toEqual([130, '']);
    expect(stdout).toMatch(/^Once.*\n$/s);
  });
});

describe.concurrent('a reader that leaves early is no error', () => {
  it.each([
    ['stdout', 'sample runs/done --stream --max-tokens 1000000'],
    ['stderr', train('runs/c').join(' ')],
  ] as const)('%s: tsgpt %s', async (name, words) => {
    const ended = await tsgpt(words.split(' '), {
      cwd,
      meanwhile: async ({ child }) => {
        await once(child[name], 'data');
        child[name].destroy();
      },
    });
    expect(ended.code).toBe(0);
    if (name === 'stdout') expect(ended.stderr).toBe('');
  });
});

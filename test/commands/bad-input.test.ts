// What goes wrong in a user's hands: each mistake ends with its code, says what it is, and leaves stdout empty.
// In one process, but for what is about a process: its input, and packages that are not there.
import { cp, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { notInstalled, type Options, tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { tsgptHere } from './in-process.ts';
import { prepareStories, trainTiny } from './tiny.ts';

const cwd = temporaryFolder();

beforeAll(async () => {
  const files: Record<string, string | Uint8Array> = {
    'latin1.txt': Uint8Array.from([...Buffer.from('caf'), 0xe9, 0x20]),
    'binary.txt': 'abc\0def',
    'empty.txt': '',
    'good.txt': 'A short story. '.repeat(50),
    'notes.jsonl': '{"text": "a"}\n{"txt": "b"}\n',
    'broken.jsonl': '{"text": "a"\n',
    'endless.jsonl': `{"text":"${'a'.repeat(2 ** 24)}`,
    'unknown.json': '{"widht": 32}',
    'infinite.json': '{"clip": 1e999}',
    'list.json': '[32]',
    'broken.json': '{',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(cwd, name), content);
  await mkdir(join(cwd, 'folder'));
  await prepareStories(cwd);
  await trainTiny(cwd, 'runs/a');
  await tsgpt('prepare good.txt --tokenizer char --out data/char'.split(' '), { cwd });
});

async function expectFailure(
  words: readonly string[],
  code: number,
  parts: readonly string[],
  options?: Partial<Options>,
): Promise<void> {
  const ended = options ? await tsgpt(words, { cwd, ...options }) : await tsgptHere(words, cwd);
  expect(ended.stdout).toBe('');
  for (const part of parts) expect(ended.stderr).toContain(part);
  expect(ended.stderr).toMatch(/^error: /m);
  expect(ended.stderr).not.toMatch(/^ {4}at /m); // no stack: the user's mistake, not ours
  expect(ended.code).toBe(code);
}

type Case = readonly [words: string, code: number, ...parts: string[]];

const named = (cases: readonly Case[]) =>
  cases.map(([words, code, ...parts], number) => ({ words, code, parts, number }));

const TEXTS: Case[] = [
  ['latin1.txt', 1, 'latin1.txt is not UTF-8: byte 0xe9 at offset 3', 'iconv'],
  ['binary.txt', 1, 'binary.txt is not text', 'offset 3'],
  ['/dev/zero', 1, '/dev/zero is not text: it has a zero byte at offset 0'],
  ['endless.jsonl', 1, 'endless.jsonl, line 1: expected a line of at most 16,777,216 characters', '.txt'],
  ['empty.txt', 1, 'there is no text in empty.txt'],
  ['folder', 1, 'no .txt', 'folder'],
  ['absent.txt', 2, 'no such file: absent.txt'],
  ['*.md', 2, 'no file matches *.md'],
  ['shakespear', 2, 'did you mean shakespeare?'],
  ['builtin:storys', 2, 'did you mean builtin:stories?'],
  ['notes.jsonl', 1, 'notes.jsonl, line 2', 'did you mean txt?'],
  ['broken.jsonl', 1, 'broken.jsonl, line 1'],
  ['good.txt --tokenizer gtp2', 2, 'unknown tokenizer "gtp2"', 'did you mean gpt2?'],
  ['good.txt --tokenizer bpe --vocab-size 12', 2, 'vocab-size', 'got 12'],
  ['good.txt --vocab-size many', 2, 'expected a number for --vocab-size, but got "many"'],
  ['good.txt --val-fraction 1', 2, 'expected a number above 0 and below 1', 'got 1'],
  ['good.txt --seed one', 2, 'expected a number for --seed, but got "one"'],
  ['builtin:stories --stories 1.5', 2, 'expected a whole number of 1 or more for --count, but got "1.5"'],
];

describe('tsgpt prepare refuses', () => {
  it.each(named(TEXTS))('$words', async ({ words, code, parts }) => {
    const tokenizer = words.includes('--') ? [] : ['--tokenizer', 'char'];
    await expectFailure(['prepare', ...words.split(' '), ...tokenizer, '--out', 'data/x'], code, parts);
  });

  it('standard input that is not UTF-8, or empty', async () => {
    const words = ['prepare', '-', '--tokenizer', 'char', '--out', 'data/x'];
    await expectFailure(words, 1, ['standard input is not UTF-8: byte 0xff at offset 1'], {
      input: Uint8Array.from([65, 0xff, 65]),
    });
    await expectFailure(words, 1, ['there is no text in standard input'], { input: '' });
  });

  it('a preset that must be downloaded, without a network', async () => {
    const preload = `globalThis.fetch = async () => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ENOTFOUND' }) });
    };`;
    const parts = ['cannot download https://', 'is this machine online?', 'by hand and save it as', cwd];
    const words = ['prepare', 'shakespeare', '--tokenizer', 'char', '--out', 'data/x'];
    await expectFailure(words, 1, parts, { preload, env: { TSGPT_CACHE: cwd } });
  });

  it('a folder that holds something else', () =>
    expectFailure(['prepare', 'good.txt', '--tokenizer', 'byte', '--out', '.'], 2, [
      'expected . to be new, empty',
    ]));
});

const TRAIN: Case[] = [
  ['', 2, 'expected --data <prepared folder>', 'tsgpt prepare'],
  ['--arch gptt', 2, 'unknown architecture "gptt"', 'did you mean gpt?'],
  ['--preset bby', 2, 'unknown preset "bby"', 'did you mean baby?'],
  ['--preset word', 2, 'the preset word has no settings for gpt'],
  ['--set learnigRate=3', 2, 'unknown setting learnigRate', 'did you mean learningRate?'],
  ['--set width', 2, 'expected --set key=value, but got "width"'],
  ['--width abc', 2, 'width', '"abc"'],
  ['--learning-rate -1', 2, 'learningRate', 'got -1'],
  ['--learning-rate Infinity', 2, 'expected a finite number for learningRate, but got Infinity'],
  ['--set maxSteps=1e999', 2, 'expected a finite number for maxSteps, but got Infinity'],
  ['--schedule cos', 2, 'schedule', 'cosine', '"cos"'],
  ['--width 10 --heads 4', 2, 'width must be a multiple of heads'],
  ['--context 100_000 --width 4 --layers 1', 1, 'context of 100000', 'lower context or window to'],
  ['--backend tensorfow', 2, 'unknown backend "tensorfow"', 'did you mean tensorflow?'],
  ['--backend plain --precision bf16', 1, 'plain cannot compute in bf16', 'fp32'],
  ['--precision bf61', 2, 'unknown precision "bf61"', 'did you mean bf16?'],
  ['--threads none', 2, 'expected a number for --threads, but got "none"'],
  ['--threads Infinity', 2, 'expected a finite number for --threads, but got "Infinity"'],
  ['--config infinite.json', 2, 'expected a finite number for clip, but got Infinity'],
  ['--backend plain --threads 2', 2, 'plain runs on one thread', 'leave --threads out'],
  ['--config absent.json', 1, 'no such file', 'absent.json'],
  ['--config unknown.json', 2, 'unknown setting widht', 'did you mean width?'],
  ['--config /dev/zero', 1, 'expected /dev/zero to be a file of at most 128.0 MiB'],
  ['--config list.json', 1, 'one JSON object'],
  ['--config broken.json', 1, 'broken.json is not valid JSON'],
  ['--init absent', 1, 'no run or checkpoint at absent'],
  ['--init runs/a --data data/char', 1, 'char', 'bpe', '--tokenizer runs/a/step-'],
];

const RESUMES: Case[] = [
  ['--data data/stories', 2, 'runs/a already holds a run', '--resume'],
  ['--resume --learning-rate 0.5', 2, 'learningRate was 0.001, now 0.5', '--init'],
  ['--resume --arch lstm', 2, 'arch was gpt, now lstm'],
  ['--resume step-000001', 2, 'has no checkpoint step-000001', 'step-000006'],
  ['--resume --data data/char', 1, 'data/char is not the text this run was trained on'],
];

describe('tsgpt train refuses', () => {
  it.each(named(TRAIN))('$words', async ({ words, code, parts, number }) => {
    const data = words === '' || words.includes('--data') ? '' : ' --data data/stories';
    await expectFailure(`train --out runs/x${number}${data} ${words}`.trim().split(' '), code, parts);
  });

  it('a backend whose package is not installed', async () => {
    const preload = notInstalled('@tensorflow/tfjs-node');
    const words = ['train', '--data', 'data/stories', '--out', 'runs/tensorflow', '--backend', 'tensorflow'];
    const parts = [
      '@tensorflow/tfjs-node-gpu',
      'npm install @tensorflow/tfjs-node-gpu',
      'CUDA 11.2',
      'cuDNN 8.1',
    ];
    await expectFailure(words, 1, parts, { preload });
  });

  it.each(named(RESUMES))('on a run that is there: $words', ({ words, code, parts }) =>
    expectFailure(`train --out runs/a ${words}`.split(' '), code, parts),
  );

  it('--resume where there is no run', () =>
    expectFailure(['train', '--out', 'runs/none', '--resume'], 1, ['expected a run in runs/none']));
});

const USES: Case[] = [
  ['sample absent', 1, 'no run or checkpoint at absent'],
  ['sample data/stories', 1, 'data/stories is not a checkpoint'],
  ['sample runs/a --temperature -1', 2, 'temperature', 'got -1'],
  ['sample runs/a --temperature hot', 2, 'expected a number for --temperature, but got "hot"'],
  ['sample runs/a --temperature 1e999', 2, 'expected a finite number for --temperature, but got "1e999"'],
  ['sample runs/a --temperature NaN', 2, 'expected a number for --temperature, but got "NaN"'],
  ['sample runs/a --prompt @/dev/zero', 1, '/dev/zero is not text'],
  ['sample runs/a --top-p 0', 2, 'topP', 'got 0'],
  ['sample runs/a --max-tokens 0', 2, 'maxTokens', 'got 0'],
  ['sample runs/a --which newest', 2, 'expected best or last for --which, but got "newest"'],
  ['sample runs/a --prompt @absent.txt', 1, 'no such file', 'absent.txt'],
  ['sample runs/a --prompt @latin1.txt', 1, 'latin1.txt is not UTF-8: byte 0xe9 at offset 3'],
  ['sample runs/a --weights bf8', 2, 'expected fp32 or bf16 for --weights, but got "bf8"'],
  ['sample runs/a --weights bf16 --backend plain', 1, 'plain cannot hold weights as bf16', 'fp32'],
  ['eval absent', 1, 'no run or checkpoint at absent'],
  [
    'eval runs/a --data data/char',
    1,
    'was prepared with char',
    'tsgpt prepare <text> --tokenizer runs/a/step-',
  ],
  ['eval runs/a --stride 17', 2, 'from 1 to the context, 16', 'got 17'],
  ['eval runs/a --split vall', 2, 'expected train or val or test for --split, but got "vall"'],
  ['summary runs/a --width 30', 2, '--width does not go with runs/a'],
  ['summary --vocab-size 0', 2, 'expected a whole number of 1 or more for --vocab-size, but got "0"'],
  ['tokenizer decode byte 300', 2, 'expected a whole number below 257 for a token id, but got "300"'],
  ['tokenizer encode bpe x', 2, 'bpe is a way to learn a tokenizer'],
  ['tokenizer show byte --from -3', 2, 'expected a whole number of 0 or more for --from'],
];

describe('what uses a run or a tokenizer refuses', () => {
  it.each(named(USES))('$words', ({ words, code, parts }) => expectFailure(words.split(' '), code, parts));

  it('a damaged checkpoint, which is named, with the one before it', async () => {
    await cp(join(cwd, 'runs/a'), join(cwd, 'runs/damaged'), { recursive: true });
    const file = await open(join(cwd, 'runs/damaged/step-000006/model.safetensors'), 'r+');
    await file.write(Uint8Array.of(1, 2, 3, 4), 0, 4, 2000);
    await file.close();
    const parts = ['step-000006 is damaged', 'model.safetensors', 'step-000003'];
    await expectFailure(['sample', 'runs/damaged', '--which', 'last'], 1, parts);
    await expectFailure(['train', '--out', 'runs/damaged', '--resume'], 1, [
      ...parts,
      '--resume step-000003',
    ]);
  });
});

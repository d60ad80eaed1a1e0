// Conversations from a file to a talk, by the command line.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { tsgpt } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { tsgptHere } from './in-process.ts';
import { trainTiny } from './tiny.ts';

const cwd = temporaryFolder();
const words = (line: string) => line.split(' ');

beforeAll(async () => {
  const talks = Array.from({ length: 30 }, (_, i) => ({ instruction: `say ${i}`, output: `${i}` }));
  writeFileSync(join(cwd, 'talks.jsonl'), talks.map((talk) => JSON.stringify(talk)).join('\n'));
  const prepared = await tsgptHere(
    words('prepare talks.jsonl --chat --tokenizer char --out data/talks'),
    cwd,
  );
  expect(prepared.stdout).toMatch(/training +\d+ conversations · [\d,]+ tokens, \d+ of the assistant/);
  const { code, stdout } = await trainTiny(cwd, 'run', '--data', 'data/talks', '--context', '48');
  expect([code, stdout]).toEqual([0, expect.stringContaining('chat:    tsgpt chat run\n')]);
});

it('lines of standard input are messages, and each answer is a line of JSON', async () => {
  const input = 'say 3\n\n/reset\nsay 3\n/quit\nsay 4\n';
  const talk = words('chat run --temperature 0 --max-tokens 4 --json');
  const { code, stdout, stderr } = await tsgpt(talk, { cwd, input });
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect([code, answers.length]).toEqual([0, 2]);
  expect(answers[0]).toMatchObject({ message: 'say 3', forgotten: 0 });
  expect(answers[1]).toEqual(answers[0]);
  expect(stderr.includes('the answer was cut')).toBe(answers[0].finish === 'length');
});

it('eval measures the answers, and compare says that it does not', async () => {
  const { stdout } = await tsgpt(words('eval run --split test --json'), { cwd });
  expect(JSON.parse(stdout)).toMatchObject({ split: 'test', conversations: expect.any(Number), longer: 0 });
  const { code, stderr } = await tsgptHere(words('compare --data data/talks --out report'), cwd);
  expect([code, stderr]).toEqual([2, expect.stringContaining('data/talks holds conversations')]);
});

it.each([
  ['--pairs builtin:sums', '--pairs does not go with --chat'],
  ['--field text', '--field does not go with --chat'],
  ['--count 3', 'count 3 does not go with talks.jsonl'],
])('prepare --chat refuses %s', async (flags, why) => {
  const { code, stderr } = await tsgptHere(words(`prepare talks.jsonl --chat ${flags} --out data/x`), cwd);
  expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
});

// tsgpt bench, as a user runs it.
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { FASTEST } from '../on-backends.ts';
import { tsgpt } from '../program.ts';
import { tsgptHere } from './in-process.ts';

const run = (words: string) => tsgpt(words.split(' '), { cwd: tmpdir() });
const [ENGINE, DETAIL] =
  FASTEST.backend === 'native'
    ? ['--backend native --precision fp32 --threads 2', /^C\+\+, \w+, 2 threads$/]
    : ['--backend plain', /^plain JavaScript, one thread$/];

it.concurrent('tsgpt bench --json prints one object with every number, and its progress on stderr', async () => {
  const { code, stdout, stderr } = await run(`bench gpt-baby ${ENGINE} --steps 1 --json`);
  expect([code, stdout.indexOf('\n')]).toEqual([0, stdout.length - 1]);
  const result = JSON.parse(stdout);
  expect(result).toEqual({
    config: 'gpt-baby',
    backend: FASTEST.backend,
    detail: expect.stringMatching(DETAIL),
    precision: 'fp32',
    threads: FASTEST.backend === 'native' ? 2 : null,
    parameters: 809_856,
    steps: 1,
    msPerStep: expect.any(Number),
    tokensPerSecond: expect.any(Number),
    gflopsPerSecond: expect.any(Number),
    peakMemoryBytes: expect.any(Number),
    loss: expect.any(Number),
    gpuMemoryBytes: null,
    gpuIdle: null,
  });
  expect(result.tokensPerSecond * result.msPerStep).toBeCloseTo(12 * 64 * 1000, 3);
  expect(result.peakMemoryBytes).toBeGreaterThan(3 * 4 * 809_856); // weights and AdamW's two means
  expect(result.peakMemoryBytes).toBeLessThan(2 ** 33);
  expect(result.loss).toBeGreaterThan(4); // random tokens of 65 kinds: ln 65 is 4.17
  expect(result.loss).toBeLessThan(5);
  expect(stderr).toContain(
    `gpt-baby: nanoGPT’s CPU example · ${FASTEST.backend}: ${result.detail} (asked for) · fp32`,
  );
  expect(stderr).toContain('gpt-baby · step 1/1 · ');
});

it.concurrent('tsgpt bench without --json prints lines to read', async () => {
  const { code, stdout } = await run(`bench lstm-small ${ENGINE} --steps 1`);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^parameters {2}1,083,969\nstep .* ms, the median of 1\nspeed .* tokens\/s, .* GFLOP\/s\n/,
  );
});

it.each([
  ['bench gpt-babi', 'unknown configuration "gpt-babi"\n  → did you mean gpt-baby?'],
  ['bench gpt-baby --steps 0', 'expected a whole number of 1 or more for --steps, but got "0"'],
])('tsgpt %s is refused as wrong usage', async (words, error) => {
  const { code, stdout, stderr } = await tsgptHere(words.split(' '), tmpdir());
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`error: ${error}`);
});

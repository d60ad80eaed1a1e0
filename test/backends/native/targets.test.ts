// Decoding to the bit on each lower CPU target that this machine can run, in a process of its own.
// The table of ops and that of batch-invariant ones (test/ops) run on them too.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LOWER_TARGETS, missing } from './lower-targets.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const TESTS = ['test/backends/native/decoding.test.ts'];

if (missing) it.skip(missing, () => {});

describe.each(LOWER_TARGETS)('%s', (target) => {
  it('gives each row the bits that it has alone', async () => {
    const { stdout } = await run('npx', ['vitest', 'run', ...TESTS, '-t', 'native', '--reporter', 'json'], {
      cwd: root,
      env: { ...process.env, TSGPT_TARGET: target },
    });
    const report = JSON.parse(stdout.slice(stdout.indexOf('{')));
    expect(report.numFailedTests).toBe(0);
    expect(report.numPassedTests).toBeGreaterThan(3);
  });
});

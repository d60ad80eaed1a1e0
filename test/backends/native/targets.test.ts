// The table of ops, and decoding to the bit, on each lower CPU target that this machine can run, in a process of its own.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadAddon } from '../../../src/backends/native/addon.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const loaded = loadAddon();

if ('reason' in loaded) it.skip(`native is not here: ${loaded.reason}`, () => {});
else {
  const lower = loaded.addon.targets().filter((target) => target !== loaded.target);
  if (lower.length === 0) it.skip(`only ${loaded.target} is built or runs here`, () => {});
  describe.each(lower)('%s', (target) => {
    it('passes the table of ops, and decodes each row as alone', async () => {
      const tests = [
        'test/ops/ops.test.ts',
        'test/ops/batch-invariance.test.ts',
        'test/backends/native/decoding.test.ts',
      ];
      const command = ['vitest', 'run', ...tests, '-t', 'native', '--reporter', 'json'];
      const { stdout } = await run('npx', command, {
        cwd: root,
        env: { ...process.env, TSGPT_TARGET: target },
      });
      const report = JSON.parse(stdout.slice(stdout.indexOf('{')));
      expect(report.numFailedTests).toBe(0);
      expect(report.numPassedTests).toBeGreaterThan(150);
    });
  });
}

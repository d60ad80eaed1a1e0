// Runs the suite in two processes side by side: tests that compute on a GPU in software, which share its compiled shaders and
// so take turns in one process, with the page's; and all others. npm test
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { keepPage, keepProgram } from './keep-built.mjs';

const HALVES = [['kernels', 'models', 'page'], ['all']];

// Once for both.
keepProgram();
keepPage();

const codes = await Promise.all(
  HALVES.map(async (projects) => {
    const flags = projects.flatMap((name) => ['--project', name]);
    const child = spawn('npx', ['vitest', 'run', ...flags, ...process.argv.slice(2)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.pipe(process.stdout, { end: false });
    const [code] = await once(child, 'close');
    return code ?? 1;
  }),
);
process.exitCode = Math.max(...codes);

// Runs the suite in two processes side by side: tests that compute on a GPU in software, which share its compiled shaders and
// so take turns in one process, with the page's; and all others. npm test. What is named by arguments runs in one process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { keepPage, keepProgram } from './keep-built.mjs';

const HALVES = ['--project kernels --project models --project page', '--project light --project own'];

const asked = process.argv.slice(2);
const calls = asked.length > 0 ? [asked] : HALVES.map((half) => half.split(' '));

// Once for both.
keepProgram();
keepPage();

const codes = await Promise.all(
  calls.map(async (words) => {
    const child = spawn('npx', ['vitest', 'run', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.pipe(process.stdout, { end: false });
    const [code] = await once(child, 'close');
    return code ?? 1;
  }),
);
process.exitCode = Math.max(...codes);

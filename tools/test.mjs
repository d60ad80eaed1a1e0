// Runs the suite, npm test: vitest's projects (vitest.config.ts) three at a time, since each waits a third of its time: for a
// program that it has started, a browser, a disk. What is named by arguments runs in one process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { keepPage, keepProgram } from './keep-built.mjs';

/** The longest first. */
const PROJECTS = ['own', 'kernels', 'page', 'light', 'models'];

const asked = process.argv.slice(2);
const calls = asked.length > 0 ? [asked] : PROJECTS.map((name) => ['--project', name]);

// Once for all.
keepProgram();
keepPage();

await Promise.all([takeTurns(), takeTurns(), takeTurns()]);

async function takeTurns() {
  for (let words = calls.shift(); words; words = calls.shift()) {
    const child = spawn('npx', ['vitest', 'run', ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.pipe(process.stdout, { end: false });
    const [code] = await once(child, 'close');
    process.exitCode = Math.max(Number(process.exitCode ?? 0), code ?? 1);
  }
}

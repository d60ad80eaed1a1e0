// Before any test: what users run, dist/ and for its own tests the page in it, is built anew if a source is younger. So no
// test runs on what is out of date, and what npm ci has just built is not built again.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONFIGURATION = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const SOURCES = ['src', 'tools', 'web/report', 'web/paper.css', ...CONFIGURATION];

/** What vitest calls for each of its projects. @param {{ name: string }} project */
export default function setup({ name }) {
  keepProgram();
  if (name === 'page') keepPage();
}

export function keepProgram() {
  keepNew('build', SOURCES, ['dist/cli.js', 'dist/tfjs/node/index.js', 'dist/report/report.js']);
}

export function keepPage() {
  keepNew('build:web', [...SOURCES, 'web'], ['dist/web/index.html']);
}

/** @param {string} script @param {readonly string[]} sources @param {readonly string[]} outputs */
function keepNew(script, sources, outputs) {
  const built = Math.min(...outputs.map((path) => statOf(path)?.mtimeMs ?? 0));
  if (sources.flatMap(withContents).every((path) => (statOf(path)?.ctimeMs ?? Infinity) < built)) return;
  execFileSync('npm', ['run', '--silent', script], { cwd: ROOT, stdio: ['ignore', 2, 2] });
}

/** Folders count too: theirs is the only time that changes where a file has gone. @param {string} path */
function withContents(path) {
  if (!statOf(path)?.isDirectory()) return [path];
  const names = readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' });
  return [path, ...names.map((name) => join(path, name))];
}

/** @param {string} path */
function statOf(path) {
  return statSync(join(ROOT, path), { throwIfNoEntry: false });
}

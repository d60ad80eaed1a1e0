// Before any test: what users run, dist/ and for its own tests the page in it, is built anew if a source is younger. So no
// test runs on what is out of date, and what npm ci has just built is not built again.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONFIGURATION = ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const SOURCES = ['src', 'tools', 'web/report', 'web/paper.css', ...CONFIGURATION];

export default function setup({ name }: TestProject): void {
  keepNew('build', SOURCES, ['dist/cli.js', 'dist/tfjs/node/index.js', 'dist/report/report.js']);
  if (name === 'page') keepNew('build:web', [...SOURCES, 'web'], ['dist/web/index.html']);
}

function keepNew(script: string, sources: readonly string[], outputs: readonly string[]): void {
  const built = Math.min(...outputs.map((path) => statOf(path)?.mtimeMs ?? 0));
  if (sources.flatMap(withContents).every((path) => statOf(path)!.ctimeMs < built)) return;
  execFileSync('npm', ['run', '--silent', script], { cwd: ROOT, stdio: ['ignore', 2, 2] });
}

/** Folders count too: theirs is the only time that changes where a file has gone. */
function withContents(path: string): string[] {
  if (!statOf(path)!.isDirectory()) return [path];
  return [
    path,
    ...readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' }).map((name) => join(path, name)),
  ];
}

function statOf(path: string) {
  return statSync(join(ROOT, path), { throwIfNoEntry: false });
}

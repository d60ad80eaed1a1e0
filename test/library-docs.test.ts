// docs/library.md: made from the doc comments as they are now, with examples that compile.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from './temporary-folder.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/library.md'), 'utf8');
const ENTRIES = PAGE.split(/^### /m).slice(1);

const codeIn = (text: string) => [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
const isExample = (code: string) => code.includes("from 'tsgpt'");

it('is what npm run docs makes of the code', () => {
  const made = execFileSync(process.execPath, [join(ROOT, 'tools/library-docs.mjs')], { encoding: 'utf8' });
  expect(PAGE, 'docs/library.md is out of date: npm run docs').toBe(made);
});

it('says of everything public what it is, in words', () => {
  const silent = ENTRIES.filter((entry) => !/^\w+\n\n[-A-Z`]/.test(entry) || /^- `\w+`: *$/m.test(entry));
  expect(silent.map((entry) => entry.split('\n')[0])).toEqual([]);
});

it('has an example of every function, and of both namespaces', () => {
  const isFunction = (entry: string) => codeIn(entry).some((code) => code.startsWith(`${nameOf(entry)}(`));
  const wanted = ENTRIES.filter((entry) => isFunction(entry) || ['layers', 'ops'].includes(nameOf(entry)));
  expect(wanted.length).toBeGreaterThan(20);
  expect(wanted.filter((entry) => !codeIn(entry).some(isExample)).map(nameOf)).toEqual([]);
});

it('has examples that compile, each as a file of its own', () => {
  const folder = temporaryFolder();
  const examples = codeIn(PAGE).filter(isExample);
  for (const [i, code] of examples.entries()) writeFileSync(join(folder, `${i}.ts`), code);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const compilerOptions = { typeRoots: [join(ROOT, 'node_modules/@types')], noUnusedLocals: false };
  const config = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

function nameOf(entry: string): string {
  return entry.slice(0, entry.indexOf('\n'));
}

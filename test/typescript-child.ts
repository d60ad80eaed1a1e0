// A TypeScript file in a process of its own.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** Vite turns the TypeScript into what every Node can run. */
const START = `import { runnerImport } from 'vite'; await runnerImport(process.argv[1], { logLevel: 'silent' });`;

/** The file finds `words` at the end of process.argv. */
export function startTypeScript(
  file: URL,
  words: readonly (string | number)[],
  nodeFlags: readonly string[] = [],
): ChildProcessByStdio<null, Readable, null> {
  const flags = [...nodeFlags, '--input-type=module', '-e', START];
  return spawn(process.execPath, [...flags, fileURLToPath(file), ...words.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

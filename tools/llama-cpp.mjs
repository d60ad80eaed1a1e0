// Installs llama.cpp, as the package node-llama-cpp has it for this platform, where the tests of our GGUF files look for it: with
// every platform's binaries it would be 730 MB, too much for a development dependency.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '3.21.1';
const PLATFORM = `${process.platform}-${process.arch}`;
const BINARIES = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
}[PLATFORM];

/** @type {string} */
export const FOLDER = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'tsgpt',
  `llama-cpp-${VERSION}`,
);
/** The package's entry, once it is installed. @type {string} */
export const ENTRY = join(FOLDER, 'node_modules/node-llama-cpp/dist/index.js');
/** Whether both packages are there: an install that broke off may have left one. @type {boolean} */
export const IS_INSTALLED =
  existsSync(ENTRY) && existsSync(join(FOLDER, `node_modules/@node-llama-cpp/${BINARIES}/package.json`));

function install() {
  if (BINARIES === undefined) throw new Error(`node-llama-cpp has no binaries for ${PLATFORM}`);
  const packages = [`node-llama-cpp@${VERSION}`, `@node-llama-cpp/${BINARIES}@${VERSION}`];
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }\n');
  // Its own binaries would all be optional dependencies, and its install step builds what it finds none for.
  const flags = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  // On Windows npm is a script (npm.cmd), which only a shell runs.
  const options = { cwd: FOLDER, stdio: 'inherit', shell: process.platform === 'win32' };
  execFileSync('npm', ['install', ...flags, ...packages], options);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!IS_INSTALLED) install();
  console.log(FOLDER);
}

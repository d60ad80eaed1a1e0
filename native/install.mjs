// Builds the native engine while npm installs tsgpt, where the tools for it are there, and the addon for training on many
// machines, where an MPI is. It downloads nothing and never fails: what is missing is one line, and tsgpt then runs on its
// other backends, or on one machine.
import { spawnSync } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildMpi } from './mpi/build.mjs';

const { env, execPath, platform } = process;
const folder = dirname(fileURLToPath(import.meta.url));

try {
  say(build());
} catch (problem) {
  say(`not built: ${problem.message}. Everything works without it, slower, on the backend plain.`);
}
const mpicc = env.MPICC ?? 'mpicc';
if (env.NATIVE !== 'off' && onPath(mpicc)) {
  try {
    buildMpi(mpicc, join(findHeaders(), 'include/node'));
    say('built', 'training over MPI');
  } catch (problem) {
    say(`not built: ${problem.message}. Everything else works without it.`, 'training over MPI');
  }
}

/** Says what was done; throws what prevents it. */
function build() {
  if (env.NATIVE === 'off') return 'not built, as NATIVE=off asks';
  if (platform === 'win32') throw new Error('MSVC lacks the vector types that it is written with');
  const compiler = findTools();
  const [nodedir, nodeGyp] = [findHeaders(), findNodeGyp()];
  const jobs = env.JOBS ?? Math.min(2, availableParallelism());
  const args = [nodeGyp, 'rebuild', `--directory=${folder}`, `--nodedir=${nodedir}`, `--jobs=${jobs}`];
  const log = join(folder, 'build.log');
  const output = openSync(log, 'w');
  const { status } = spawnSync(execPath, args, {
    stdio: ['ignore', output, output],
    env: { ...env, CXX: compiler },
  });
  closeSync(output);
  if (status === 0) return 'built';
  const complaint =
    readFileSync(log, 'utf8').match(/^.*\berror\b.*$/im)?.[0] ?? `node-gyp ended with ${status}`;
  throw new Error(`${complaint.trim()} (more in ${log})`);
}

/** The C++ compiler, once it is sure that nothing that builds is missing. */
function findTools() {
  const compiler = env.CXX ?? ['g++', 'clang++', 'c++'].find(onPath);
  const missing = [
    ...(compiler ? [] : ['a C++ compiler (g++ or clang++)']),
    ...(onPath('make') || onPath('gmake') ? [] : ['make']),
    ...(env.PYTHON || onPath('python3') || onPath('python') ? [] : ['python3']),
  ];
  if (missing.length > 0) throw new Error(`missing ${missing.join(', ')}`);
  return compiler;
}

/** The folder of Node's own headers; without it node-gyp would download them. */
function findHeaders() {
  const asked = env.npm_config_nodedir;
  const folders = asked ? [asked] : [dirname(dirname(execPath)), '/usr', '/usr/local'];
  const has = (dir, name) => existsSync(join(dir, 'include/node', name));
  const found = folders.find((dir) => has(dir, 'node_api.h') && has(dir, 'common.gypi'));
  if (found) return found;
  throw new Error(
    `Node's headers are not in ${folders.map((dir) => join(dir, 'include/node')).join(' or ')}`,
  );
}

/** What npm says, or the one that npm brings. */
function findNodeGyp() {
  if (env.npm_config_node_gyp) return env.npm_config_node_gyp;
  const npm = join(dirname(dirname(execPath)), 'lib/node_modules/npm/package.json');
  try {
    return createRequire(npm).resolve('node-gyp/bin/node-gyp.js');
  } catch {
    throw new Error('node-gyp is not there (it comes with npm): try npm rebuild tsgpt');
  }
}

function onPath(name) {
  return (env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(resolve(dir, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function say(what, of = 'native engine') {
  console.log(`tsgpt: ${of} ${what}`);
}

// What npm runs when it installs tsgpt: it builds the native engine, or says in one line why not, and never fails. So it is with
// the addon for MPI, of which it says nothing where no MPI is.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../native/install.mjs', import.meta.url));
const OTHERWISE = 'Everything works without it, slower, on the backend plain.';

/** An addon of one line, in the place of ours. */
const GYP = `{ 'targets': [{ 'target_name': 'native', 'sources': ['native.cc'] }] }`;
const source = (body: string) => `#include <node_api.h>
NAPI_MODULE_INIT() { ${body} }
`;
const WORKING = source('napi_value two; napi_create_int32(env, 2, &two); return two;');

let folder: string;
beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'tsgpt install ')), 'native');
  await mkdir(join(folder, 'mpi'), { recursive: true });
  for (const name of ['install.mjs', 'mpi/build.mjs'])
    await copyFile(join(SCRIPT, '..', name), join(folder, name));
  await writeFile(join(folder, 'binding.gyp'), GYP);
});
afterAll(() => rm(join(folder, '..'), { recursive: true, force: true }));

/** What it prints, a line for each that it builds; it fails here if it fails. */
async function install(env: Record<string, string>, lines = 1): Promise<string> {
  const options = { cwd: tmpdir(), env: { ...process.env, MPICC: '/nowhere', ...env } };
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [join(folder, 'install.mjs')],
    options,
  );
  expect(stderr).toBe('');
  expect(stdout.match(/\n/g)).toHaveLength(lines);
  return stdout.trim();
}

it('without a compiler', async () => {
  const line = await install({ PATH: '', CXX: '', PYTHON: '' });
  const missing = 'missing a C++ compiler (g++ or clang++), make, python3';
  expect(line).toBe(`tsgpt: native engine not built: ${missing}. ${OTHERWISE}`);
});

it('turned off', async () => {
  expect(await install({ NATIVE: 'off' })).toBe('tsgpt: native engine not built, as NATIVE=off asks');
});

it('without Node’s headers', async () => {
  const line = await install({ npm_config_nodedir: '/nowhere' });
  if (line.includes('missing')) return; // no tools here: it does not come that far
  expect(line).toBe(
    `tsgpt: native engine not built: Node's headers are not in /nowhere/include/node. ${OTHERWISE}`,
  );
});

it('builds where all is there, and tells the compiler’s complaint where it has one', async (context) => {
  await writeFile(join(folder, 'native.cc'), WORKING);
  const line = await install({});
  if (/missing|headers are not|node-gyp is not/.test(line)) return context.skip(line);
  expect(line).toBe('tsgpt: native engine built');
  const built = join(folder, 'build/Release/native.node');
  expect(createRequire(import.meta.url)(built)).toBe(2);

  await writeFile(join(folder, 'native.cc'), source('return nothing;'));
  const complaint = await install({});
  expect(complaint).toMatch(
    /^tsgpt: native engine not built: .*native\.cc.* error: .*nothing.* \(more in .*build\.log\)/,
  );
  expect(await readFile(join(folder, 'build.log'), 'utf8')).toContain('gyp');
  expect(existsSync(built)).toBe(false);
});

it('tells the complaint of an MPI’s compiler, and says where it built', async (context) => {
  const mpicc = join(folder, 'mpicc');
  const withCompiler = (script: string) =>
    writeFile(mpicc, `#!/bin/sh\n${script}\n`)
      .then(() => chmod(mpicc, 0o755))
      .then(() =>
        install(
          { MPICC: mpicc, CXX: '', PYTHON: '', PATH: '/usr/bin:/bin', npm_config_node_gyp: '/none' },
          2,
        ),
      );
  const complaint = await withCompiler('echo "mpi.h: error: it is not there" >&2; exit 1');
  if (complaint.includes('headers are not')) return context.skip(complaint);
  expect(complaint).toMatch(
    /^tsgpt: training over MPI not built: mpi\.h: error: it is not there\. Everything else works without it\.$/m,
  );
  expect(await withCompiler('exit 0')).toMatch(/^tsgpt: training over MPI built$/m);
});

// What is published: all that its own files load, nothing that they do not need, and few files to start with.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const { peerDependencies, peerDependenciesMeta, dependencies } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);

/** Of any kind, as tsc and esbuild write it. */
const RELATIVE = /(?:from|import)[ (]*["'](\.[^"'() ]+)["']/g;

describe('npm pack', () => {
  // Without its scripts, which would build anew what other tests are using.
  const words = ['pack', ROOT, '--dry-run', '--json', '--ignore-scripts'];
  const [{ files }] = JSON.parse(
    execFileSync('npm', words, { cwd: tmpdir(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  const packed = new Set<string>(files.map(({ path }: { path: string }) => path));

  it('holds what the command line, the library, pages, reports and the native build begin with', () => {
    const native = ['addon', 'kernels', 'mpi', 'tokenizer'].flatMap((folder) =>
      readdirSync(join(ROOT, 'native', folder)).map((name) => `native/${folder}/${name}`),
    );
    const reports = ['report/report.js', 'report/report.css'];
    const entries = ['cli.js', 'index.js', 'index.d.ts', 'web.js', 'web.d.ts', ...reports].map(
      (name) => `dist/${name}`,
    );
    for (const path of [...entries, ...native, 'native/install.mjs', 'native/binding.gyp', 'README.md'])
      expect(packed).toContain(path);
  });

  it('holds every file that one of them imports', () => {
    const missing: string[] = [];
    const sources = [...packed].filter((path) => /^dist\/(?!web\/).*\.(js|d\.ts)$/.test(path));
    for (const path of sources) {
      for (const [, name] of readFileSync(join(ROOT, path), 'utf8').matchAll(RELATIVE)) {
        const wanted = normalize(join(dirname(path), name!)).replace(/(?<!\.d)\.ts$/, '.d.ts');
        if (!packed.has(wanted)) missing.push(`${wanted}, for ${path}`);
      }
    }
    expect(sources.length).toBeGreaterThan(300);
    expect(missing).toEqual([]);
  });

  it('holds no source, test or build of this machine', () => {
    const own =
      /^(dist|native\/(addon|kernels|mpi|tokenizer))\/|^(native\/(install\.mjs|binding\.gyp)|[A-Z]+(\.md)?|package\.json)$/;
    expect([...packed].filter((path) => !own.test(path) || /\.(node|o|a|log|test\.\w+)$/.test(path))).toEqual(
      [],
    );
  });
});

it('what is optional is not installed with it', () => {
  for (const name of Object.keys(peerDependencies))
    expect(peerDependenciesMeta[name]).toEqual({ optional: true });
  const large = /onnxruntime|transformers|webgpu$|tfjs-node|@tensorflow\/tfjs$/;
  expect(Object.keys(dependencies).filter((name) => large.test(name) && !/backend/.test(name))).toEqual([]);
});

describe('a program starts with few files', () => {
  const TELL = `import { writeSync } from 'node:fs';
    export function load(url, context, next) { writeSync(2, url + '\\n'); return next(url, context); }`;
  const dataUrl = (source: string) => `data:text/javascript,${encodeURIComponent(source)}`;
  const preload = dataUrl(
    `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(TELL))});`,
  );

  function filesOf(...words: string[]): string[] {
    const { status, stderr } = spawnSync(process.execPath, ['--import', preload, ...words], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    return stderr.split('\n').filter((line) => line.startsWith('file:'));
  }

  it.each([
    ['the library', 70, [join(ROOT, 'dist/index.js')]],
    ['--help', 20, [join(ROOT, 'dist/cli.js'), '--help']],
  ])('%s', (_, most, words) => {
    const loaded = filesOf(...words);

    expect(loaded).toContain(pathToFileURL(words[0]!).href);
    expect(loaded.length).toBeLessThanOrEqual(most);
  });
});

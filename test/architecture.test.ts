// The shape of src/: one direction of imports, small files, a light command line, and a core without Node.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ARCHS } from '../src/architectures/list.ts';
import { importsOf } from './imports.ts';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** Each may import from those before it. */
const ORDER = [
  'tfjs',
  'base',
  'text',
  'tokenizers',
  'chat',
  'data',
  'ops',
  'collectives',
  'backends',
  'layers',
  'formats',
  'architectures',
  'sampling',
  'evaluation',
  'tasks',
  'optimizers',
  'settings',
  'training',
  'benchmark',
  'checkpoint',
  'run',
  'comparison',
  'hub',
  'commands',
  '', // index.ts, web.ts and cli.ts
];

const MOST_LINES = 400;

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort();
const sources = new Map(files.map((path) => [path, readFileSync(join(SRC, path), 'utf8')]));
const imports = new Map([...sources].map(([path, source]) => [path, importsOf(source)]));

const { exports, browser } = JSON.parse(readFileSync(join(SRC, '../package.json'), 'utf8'));
const sourceOf = (path: string) => path.replace(/^\.\/dist\/(.*)\.js$/, '$1.ts');
/** Which file takes another's place in a browser. */
const swaps = new Map(Object.entries<string>(browser).map((pair) => pair.map(sourceOf) as [string, string]));
const inBrowser = (path: string) => swaps.get(path) ?? path;

it('every folder is in the order', () => {
  expect([...new Set(files.map(folderOf))].filter((folder) => !ORDER.includes(folder))).toEqual([]);
});

it('every import between files names a file, with its ending', () => {
  const broken = links().filter(([, to]) => !sources.has(to));
  expect(broken).toEqual([]);
});

it('no folder imports from one below it', () => {
  const wrong = links().filter(([from, to]) => ORDER.indexOf(folderOf(to)) > ORDER.indexOf(folderOf(from)));
  expect(wrong).toEqual([]);
});

it('no file imports itself, by whatever way', () => {
  const circles = files.filter((file) =>
    staticImports(file, true).some((next) => reachable([next], true).has(file)),
  );
  expect(circles).toEqual([]);
});

it('no file outside of architectures/ names one, but those that re-export their types', () => {
  const names = new RegExp(`\\b(${ARCHS.join('|')})\\b`, 'i');
  const below = ORDER.slice(ORDER.indexOf('architectures') + 1);
  const naming = files.filter(
    (path) =>
      below.includes(folderOf(path)) &&
      !['index.ts', 'web.ts'].includes(path) &&
      names.test(sources.get(path)!.replace(/^\s*(\/\/|\/?\*).*$|llama\.cpp/gm, '')), // which is a program
  );
  expect(naming).toEqual([]);
});

it(`no file has more than ${MOST_LINES} lines`, () => {
  const long = [...sources].filter(([, source]) => source.split('\n').length - 1 > MOST_LINES);
  expect(long.map(([path]) => path)).toEqual([]);
});

it('every file says what it is in its first line', () => {
  const silent = [...sources].filter(([, source]) => !/^(#!.*\n)?\/\/ \S/.test(source));
  expect(silent.map(([path]) => path)).toEqual([]);
});

it.each(['index.ts', 'web.ts', 'ops/index.ts', 'layers/index.ts'])(
  '%s holds nothing but re-exports',
  (path) => {
    const rest = sources
      .get(path)!
      .replace(/^\/\/.*$/gm, '')
      .replace(/^export (type )?(\{[^}]*\}|\*( as \w+)?) from '[^']+';$/gm, '');
    expect(rest.trim()).toBe('');
  },
);

describe('the command line', () => {
  it.each(files.filter((path) => path === 'cli.ts' || path.startsWith('commands/')))(
    '%s is read without tfjs, so that --help is quick',
    (path) => {
      expect(packagesBehind([path]).filter(([name]) => name.startsWith('#tfjs'))).toEqual([]);
    },
  );
});

it('the list of optimizers is read without tfjs, so that --help is quick', () => {
  expect(packagesBehind(['optimizers/list.ts']).filter(([name]) => name.startsWith('#tfjs'))).toEqual([]);
});

describe('tsgpt/web', () => {
  const entry = sourceOf(exports['./web'].default);

  /** All that a bundler would take in. */
  const bundled = new Set([entry]);
  for (const path of bundled) {
    const { static: now, dynamic } = imports.get(path)!;
    const local = [...now, ...dynamic].filter((name) => name.startsWith('.'));
    for (const name of local) bundled.add(inBrowser(resolved(path, name)));
  }
  const packages = [...bundled].flatMap((path) => {
    const { static: now, dynamic } = imports.get(path)!;
    return [...now, ...dynamic].filter((name) => !name.startsWith('.')).map((name) => [name, path]);
  });

  it('imports nothing of Node, at once or later', () => {
    expect(packages.filter(([name]) => name!.startsWith('node:'))).toEqual([]);
    expect([...new Set(packages.map(([name]) => name))].sort()).toEqual([
      '#tfjs',
      '#tfjs/webgpu',
      'tiktoken/encoders/cl100k_base',
      'tiktoken/encoders/gpt2',
      'tiktoken/encoders/o200k_base',
      'tiktoken/encoders/p50k_base',
      'tiktoken/encoders/r50k_base',
      'zod',
    ]);
  });

  it('nor uses what Node has without an import', () => {
    const nodes = /\b(process\??\.|Buffer\.|__dirname|__filename|require\(|import\.meta|import\((?!'))/;
    const users = [...bundled].filter((path) => nodes.test(sources.get(path)!));
    expect(users).toEqual([]);
  });

  it('takes in the files that stand in for Node’s, and not those', () => {
    expect(swaps.size).toBeGreaterThan(0);
    for (const [nodes, browsers] of swaps) {
      expect([nodes, sources.has(nodes), bundled.has(nodes)]).toEqual([nodes, true, false]);
      expect([browsers, bundled.has(browsers)]).toEqual([browsers, true]);
    }
  });
});

describe('what a web page uses', () => {
  const ENTRIES = ['training/loop.ts', 'tasks/list.ts', 'sampling/generate.ts', 'architectures/create.ts'];

  it.each(ENTRIES)('%s needs nothing of Node', (path) => {
    expect(packagesBehind([path]).filter(([name]) => name.startsWith('node:'))).toEqual([]);
  });

  it.each([
    'settings',
    'ops',
    'layers',
    'architectures',
    'tasks',
    'optimizers',
    'training',
    'sampling',
    'evaluation',
  ])('nor does any file of %s', (folder) => {
    const inFolder = files.filter((path) => folderOf(path) === folder);
    expect(inFolder.length).toBeGreaterThan(0);
    expect(packagesBehind(inFolder).filter(([name]) => name.startsWith('node:'))).toEqual([]);
  });

  it('nor does a file of checkpoint, but for those of the disk', () => {
    const neutral = files.filter((path) => folderOf(path) === 'checkpoint' && !path.endsWith('on-disk.ts'));
    expect(neutral).toContain('checkpoint/load.ts');
    const packages = packagesBehind(neutral, inBrowser);
    expect(packages.filter(([name]) => name.startsWith('node:'))).toEqual([]);
  });
});

it('what CPU engines share needs neither Node nor another backend’s folder', () => {
  const shared = files.filter((path) => path.startsWith('backends/cpu/'));
  expect(shared.length).toBeGreaterThan(20);
  const wanted = [...reachable(shared, true)];
  expect(wanted.filter((path) => /^backends\/(?!cpu\/)\w+\//.test(path))).toEqual([]);
  expect(packagesBehind(shared).filter(([name]) => name.startsWith('node:'))).toEqual([]);
});

describe('importsOf', () => {
  it('tells what is loaded at once, what later, and what only for its types', () => {
    const source = `// import 'no'
import 'a';
import b from 'b';
import * as c from 'c';
import { d, type D } from 'd';
import {
  e,
} from 'e';
import { type F } from 'f'; // loads f all the same
import type { G } from 'g';
import type * as H from 'h';
export { i } from 'i';
export * from 'j';
export * as k from 'k';
export type { L } from 'l';
const text = "from 'no'";
const m = await import('m');
const n = () => import('n').then((n) => n);
type O = import('o').O;
`;
    expect(importsOf(source)).toEqual({
      static: ['a', 'b', 'c', 'd', 'e', 'f', 'i', 'j', 'k'],
      dynamic: ['m', 'n', 'o'],
      types: ['g', 'h', 'l'],
    });
  });

  it('and the walk along them find what is there', () => {
    expect(packagesBehind(['comparison/compare.ts'])).toContainEqual(['#tfjs', 'ops/linear.ts']);
    expect(packagesBehind(['commands/sample.ts'])).toContainEqual(['commander', 'commands/sample.ts']);
    expect(packagesBehind(['data/dataset.ts'])).toContainEqual(['node:fs', 'data/token-file.ts']);
  });

  it('misses no local import in src', () => {
    const missed = [...sources].flatMap(([path, source]) => {
      const { static: now, dynamic, types } = imports.get(path)!;
      const found = new Set([...now, ...dynamic, ...types]);
      const written = source.match(/(?<=['"`])\.\.?\/[\w./-]+\.ts(?=['"`])/g) ?? [];
      return written.filter((name) => !found.has(name)).map((name) => `${path}: ${name}`);
    });
    expect(missed).toEqual([]);
  });
});

/** '' for files that stand in src itself. */
function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : '';
}

function resolved(from: string, name: string): string {
  return relative(SRC, join(SRC, dirname(from), name));
}

/** Every import of one file of ours by another, of whatever kind. */
function links(): [from: string, to: string][] {
  return [...imports].flatMap(([from, { static: now, dynamic, types }]) =>
    [...now, ...dynamic, ...types]
      .filter((name) => name.startsWith('.'))
      .map((name): [string, string] => [from, resolved(from, name)]),
  );
}

/** Files of ours that are loaded with this one, those for their types too if asked for. */
function staticImports(path: string, withTypes = false): string[] {
  const { static: now, types } = imports.get(path)!;
  return [...now, ...(withTypes ? types : [])]
    .filter((name) => name.startsWith('.'))
    .map((name) => resolved(path, name));
}

/** These files and all that are loaded with them; `instead` says which file takes another's place. */
function reachable(entries: string[], withTypes = false, instead = (path: string) => path): Set<string> {
  const seen = new Set(entries);
  for (const path of seen) for (const next of staticImports(path, withTypes)) seen.add(instead(next));
  return seen;
}

/** Packages and Node modules loaded with these files, each with the file that wants it. */
function packagesBehind(
  entries: string[],
  instead?: (path: string) => string,
): [name: string, wantedBy: string][] {
  return [...reachable(entries, false, instead)].flatMap((path) =>
    imports
      .get(path)!
      .static.filter((name) => !name.startsWith('.'))
      .map((name): [string, string] => [name, path]),
  );
}

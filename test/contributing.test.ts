// docs/contributing.md: every path that it names exists, and its lists of files are those of what is there already.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const PAGE = read('docs/contributing.md');
const [, ...SECTIONS] = PAGE.split(/^## /m);

interface Kind {
  /** How a file mentions the example, comments apart. */
  mention: RegExp;
  /** Where no file mentions it that the list lacks. */
  scope: string[];
  except?: string[];
}

const KINDS: Record<string, Kind> = {
  'An op': {
    mention: /\b[lL]ayer-?Norm/,
    scope: ['src/ops', 'src/backends', 'native/addon', 'native/kernels', 'test/ops'],
  },
  'An architecture': {
    mention: /\blstm/i,
    scope: ['src'],
    except: ['src/ops', 'src/backends'], // the op of the same name
  },
  'An optimizer': {
    mention: /\blion\b/i,
    scope: ['src', 'native/addon', 'native/kernels', 'test/ops', 'test/optimizers', 'test/golden'],
  },
  'A task': { mention: /\bnext-?token\b/i, scope: ['src/tasks', 'src/training', 'src/run', 'src/settings'] },
  'A generated task': { mention: /\bdates\b/, scope: ['src/text/pair-tasks', 'src/commands'] },
  'A backend': {
    mention: /\bplain\b/,
    scope: ['src/backends'],
    except: ['src/backends/webgpu'], // where advice names it, and SGD without momentum is called plain
  },
  'A verb': { mention: /\bdoctor\b/, scope: ['src/commands', 'src/cli.ts'] },
};

it('every path that the page names exists', () => {
  const paths = SECTIONS.flatMap((section) => pathsIn(section, exampleOf(section)));
  expect(paths.length).toBeGreaterThan(100);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

it('has a list for each kind that there are several of', () => {
  const kinds = SECTIONS.filter((section) => exampleOf(section) !== undefined).map(titleOf);
  expect(kinds).toEqual(Object.keys(KINDS));
});

describe.each(Object.entries(KINDS))('%s', (title, { mention, scope, except = [] }) => {
  const section = SECTIONS.find((section) => titleOf(section) === title)!;
  const example = exampleOf(section)!;
  const lines = [...section.matchAll(/^- (new|edit|if|test) `([^`]+)`(?: \(`([^`]+)`\))?:/gm)].map(
    ([, tag, path, list]) => ({ tag, path: expanded(path!, example), list }),
  );

  it('says of every line of the list what is done with the file', () => {
    expect(lines.length).toBe(section.match(/^- /gm)!.length);
  });

  it('needs an edit of each file that it says to edit: the example is mentioned there', () => {
    const edited = lines.filter(({ tag }) => tag === 'edit').map(({ path }) => path);
    expect(edited.filter((path) => !mention.test(withoutComments(path)))).toEqual([]);
  });

  it('needs no other: all files that mention the example are listed', () => {
    const listed = new Set(lines.map(({ path }) => path));
    const mentioning = scope
      .flatMap(filesBelow)
      .filter((path) => !except.some((folder) => path.startsWith(`${folder}/`)))
      .filter((path) => mention.test(withoutComments(path)));
    expect(mentioning.length).toBeGreaterThan(0);
    expect(mentioning.filter((path) => !listed.has(path))).toEqual([]);
  });

  it('names the list that each test takes additions from', () => {
    const taking = lines.filter(({ tag }) => tag === 'test');
    expect(taking.filter(({ path, list }) => list === undefined || !read(path).includes(list))).toEqual([]);
  });
});

function titleOf(section: string): string {
  return section.slice(0, section.indexOf('\n'));
}

function exampleOf(section: string): string | undefined {
  return section.match(/^Example: `<name>` is `([^`]+)`\.$/m)?.[1];
}

function expanded(path: string, example: string): string {
  return path.replaceAll('<name>', example).replaceAll('<architecture>', 'gpt');
}

/** What stands in backticks and begins with a folder of the repository. */
function pathsIn(section: string, example = ''): string[] {
  const quoted = [...section.matchAll(/`([^`\n]+)`/g)].map(([, words]) => words!.split(' ')[0]!);
  return quoted
    .filter((words) => /^(src|native|test|bench|web|docs|tools)\/|^[\w.]+\.(md|json|config\.ts)$/.test(words))
    .filter((words) => words !== 'config.json') // a checkpoint's
    .map((path) => expanded(path, example));
}

function filesBelow(path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' })
    .map((name) => `${path}/${name}`)
    .filter((name) => /\.(ts|cc|h|inc|py|json)$/.test(name) && !name.includes('/old-runs/'));
}

function withoutComments(path: string): string {
  return read(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$|\s\/\/ .*$/gm, '');
}

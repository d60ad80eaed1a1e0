// docs/library.md from the doc comments of what src/index.ts re-exports, as the compiler has written them to dist/*.d.ts.
// Prints it: `npm run docs` builds and keeps it; a test compares, and compiles the examples.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** By the folder that the export comes from, in the order of the page. */
const TITLES = {
  text: 'Text',
  tokenizers: 'Tokenizers',
  data: 'Data',
  backends: 'Backends',
  architectures: 'Models',
  settings: 'Settings',
  run: 'Runs',
  sampling: 'Writing',
  tasks: 'Measuring',
  evaluation: 'Measuring',
  hub: 'Import and export',
  formats: 'Import and export',
  base: 'Errors and pictures',
};

const INTRO = `# The library

\`import { … } from 'tsgpt'\`, in Node. This page is made from the doc comments by \`npm run docs\`; every example is compiled by a test.
\`tsgpt/web\` is the same for pages, without disk and command line.

The whole way, from text to what a model writes:

\`\`\`ts
import { collectSamples, generate, openModel, openText, prepareData, startRun, tokenizerFor } from 'tsgpt';

const source = await openText(['poems/']);
const tokenizer = await tokenizerFor('bpe', source, { vocabSize: 1024 });
await prepareData({ source, tokenizer, out: 'data/poems', valFraction: 0.1, seed: 1 });
await startRun({ data: 'data/poems', out: 'checkpoints/poems', flags: { layers: 4, maxSteps: 1000 } });
const { model } = await openModel('checkpoints/poems');
const [sample] = await collectSamples(generate(model, tokenizer, tokenizer.encode('The moon')));
\`\`\`
`;

/** What index.ts re-exports: { name, path } of a declaration, and { namespace, path } of a whole file or package. */
function exportsOf(path) {
  const source = readFileSync(join(ROOT, 'src', path), 'utf8');
  const statements = source.matchAll(/^export (?:type )?(?:\* as (\w+)|(\*)|\{([^}]*)\}) from '([^']+)';/gm);
  return [...statements].flatMap(([, namespace, all, names, from]) => {
    const file = from.startsWith('.') ? join(dirname(path), from) : from;
    if (namespace) return [{ namespace, path: file }];
    if (all) return exportsOf(file);
    return names
      .split(',')
      .map((name) => name.trim().replace(/^type /, ''))
      .filter(Boolean)
      .map((name) => ({ name, path: file }));
  });
}

/** The declaration of a name, with its doc comment. */
function declarationOf({ name, path }) {
  const source = readFileSync(join(ROOT, 'dist', path.replace(/\.ts$/, '.d.ts')), 'utf8');
  const start = source.search(
    new RegExp(`^(export )?(declare )?(abstract )?(function|const|class|interface|type) ${name}\\b`, 'm'),
  );
  if (start < 0) {
    const from = source.match(new RegExp(`\\{[^}]*\\b${name}\\b[^}]*\\} from '(\\.[^']+)'`))?.[1];
    return from && declarationOf({ name, path: join(dirname(path), from) });
  }
  const kind = source.slice(start).match(/\b(function|const|class|interface|type)\b/)[0];
  const text = source.slice(start, endOf(source, start, kind)).replace(/^(export )?(declare )?/, '');
  const [comment] = source.slice(0, start).match(/\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n$/) ?? [''];
  return { name, path, source, text, kind, ...parsed(comment) };
}

/** Behind the brace of a class or an interface, the semicolon of others. */
function endOf(source, start, kind) {
  const endsWithBrace = kind === 'class' || kind === 'interface';
  let depth = 0;
  for (let at = start; at < source.length; at++) {
    if (source.startsWith('/*', at)) at = source.indexOf('*/', at) + 1;
    else if (/['"`]/.test(source[at])) at = source.indexOf(source[at], at + 1);
    else if ('([{'.includes(source[at])) depth++;
    else if (')]}'.includes(source[at])) {
      if (--depth === 0 && endsWithBrace) return at + 1;
    } else if (source[at] === ';' && depth === 0) return at + 1;
  }
  throw new Error(`a declaration without an end: ${source.slice(start, start + 80)}`);
}

function parsed(comment) {
  const text = comment
    .replace(/^\/\*\*|\*\/\n$/g, '')
    .replace(/^[ \t]*\* ?/gm, '')
    .trim();
  const [about, ...tags] = text.split(/^@(?=param|returns|example)/m);
  const of = (tag) =>
    tags.filter((part) => part.startsWith(tag)).map((part) => part.slice(tag.length).trim());
  const inOneLine = (words) => words.replace(/\s+/g, ' ').trim();
  return {
    about: inOneLine(about),
    params: of('param').map((param) =>
      inOneLine(param)
        .match(/^(\w+) (.*)$/)
        .slice(1),
    ),
    returns: of('returns').map(inOneLine)[0],
    examples: of('example'),
  };
}

/** Types that a declaration names and that have no place of their own on the page, with what they extend. */
function typesNamedIn({ text, source, path }, known = new Set(KNOWN)) {
  const names = text.replace(/\/\*[\s\S]*?\*\//g, '').match(/\b[A-Z]\w+\b/g) ?? [];
  return names.flatMap((name) => {
    if (known.has(name)) return [];
    known.add(name);
    const here = new RegExp(`\\b(interface|type) ${name}\\b`).test(source);
    const from = source.match(new RegExp(`import [^;]*\\b${name}\\b[^;]* from '(\\.[^']+)'`))?.[1];
    if (!here && from === undefined) return []; // of the language, or of a package
    const found = declarationOf({ name, path: here ? path : join(dirname(path), from) });
    if (isInferred(found)) return [];
    return [
      found,
      ...typesNamedIn({ ...found, text: found.text.match(/ extends (.*) \{/)?.[1] ?? '' }, known),
    ];
  });
}

/** What zod makes of a schema says nothing to a reader. */
function isInferred({ text }) {
  return /\bz\.(infer|input)</.test(text);
}

function entry(declaration) {
  const { name, kind, about, params, returns, examples } = declaration;
  const named = kind === 'function' || kind === 'const' ? typesNamedIn(declaration) : [];
  const code = [declaration, ...named].map(({ text }) => text).join('\n\n');
  const lines = params.map(([param, words]) => `- \`${param}\`: ${words}`);
  if (returns) lines.push(`- returns: ${returns}`);
  return [
    `### ${name}`,
    about,
    lines.join('\n'),
    isInferred(declaration)
      ? ''
      : block(code.replace(/^function /, '').replace(/^ +/gm, (indent) => indent.slice(indent.length / 2))),
    ...examples.map(block),
  ].filter(Boolean);
}

/** A line for each thing of a namespace, and the examples that there are. */
function namespaceEntry({ namespace, path }) {
  const members = exportsOf(path)
    .map(declarationOf)
    .filter(({ kind }) => kind !== 'interface' && kind !== 'type');
  const lines = members.map((member) => `- \`${member.name}\`: ${headerOf(member) || member.about}`);
  return [`### ${namespace}`, lines.join('\n'), ...members.flatMap(({ examples }) => examples.map(block))];
}

/** What the first comment of the source says of the name, if it begins with it. */
function headerOf({ name, path }) {
  const source = readFileSync(join(ROOT, 'src', path), 'utf8');
  const header = source.match(/^(\/\/.*\n)+/)[0].replace(/^\/\/ ?/gm, '');
  const said =
    header.split(/\n(?=\w+: )|(?<=\.) (?=[A-Z]\w+: )/).find((part) => part.startsWith(`${name}: `)) ?? '';
  return said
    .slice(name.length + 2)
    .replace(/\s+/g, ' ')
    .split(/ (?:A k|K)ernel /)[0]
    .trim(); // users call no kernel
}

function block(code) {
  return `\`\`\`ts\n${code}\n\`\`\``;
}

const PUBLIC = exportsOf('index.ts');
const NAMED = PUBLIC.filter(({ name }) => name).map(declarationOf);
const KNOWN = new Set(NAMED.map(({ name }) => name));
const RANKS = ['function', 'class', 'const', 'interface', 'type'];

const parts = [INTRO.trimEnd()];
for (const title of new Set(Object.values(TITLES))) {
  const here = NAMED.filter(({ path }) => TITLES[path.split('/')[0]] === title);
  here.sort((a, b) => RANKS.indexOf(a.kind) - RANKS.indexOf(b.kind));
  parts.push(`## ${title}`, ...here.flatMap(entry));
}
parts.push(
  '## For models of your own',
  '`tf` is TensorFlow.js, the one that tsgpt computes with: `ops` and `layers` take its tensors, and no other copy’s.',
  ...PUBLIC.filter(({ namespace, path }) => namespace && path.endsWith('.ts')).flatMap(namespaceEntry),
);
process.stdout.write(`${parts.join('\n\n')}\n`);

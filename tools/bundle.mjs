// Bundles for Node, so that a program starts sooner: Node takes half a millisecond to find, read and link a file, and
// import 'tsgpt' would load 300 where it loads 20. What tsc has written stays for pages, whose bundlers take it in.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const NODE = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // commander and TensorFlow.js require some modules of Node's.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
};

// An earlier build's bundles have other names, and its sources may be gone: what is published is this build alone.
for (const path of ['dist/tfjs/node', 'dist/node']) rmSync(path, { recursive: true, force: true });
for (const path of readdirSync('dist', { recursive: true })) {
  const source = `src/${path.replace(/(\.d\.ts|\.js)$/, '.ts')}`;
  if (source.endsWith('.ts') && !/^web[/\\]/.test(path) && !existsSync(source)) rmSync(`dist/${path}`);
}

// TensorFlow.js (package.json's "#tfjs"), with its gradients, apart: a verb's --help does without.
await build({
  ...NODE,
  entryPoints: ['src/tfjs/index.ts', 'src/tfjs/webgpu.ts'],
  outdir: 'dist/tfjs/node',
  minifySyntax: true,
  minifyWhitespace: true,
  mainFields: ['module', 'main'],
  external: ['node-fetch'],
});

// The command line and the library, each by itself: what one of them loads at once is then one file, its lazy parts in
// dist/node. Packages that load files of their own, or may not be installed, stay packages.
for (const entry of ['src/cli.ts', 'src/index.ts'])
  await build({
    ...NODE,
    entryPoints: [entry],
    outdir: 'dist',
    chunkNames: 'node/[name]-[hash]',
    external: ['#tfjs', '#tfjs/webgpu', 'tiktoken', '@duckdb/node-api'],
  });

// What report.html takes in: the script that draws its charts, and its style. uPlot's licence goes with every copy of it.
await build({
  entryPoints: ['web/report/report.ts', 'web/report/report.css'],
  bundle: true,
  minify: true,
  target: 'es2022',
  outdir: 'dist/report',
  banner: { js: `/* uPlot\n${readFileSync('node_modules/uplot/LICENSE', 'utf8')}*/` },
});

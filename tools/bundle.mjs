// Bundles TensorFlow.js for Node (package.json's "#tfjs"): one file to read in place of hundreds, gradients included.
import { build } from 'esbuild';

await build({
  entryPoints: ['src/tfjs/index.ts', 'src/tfjs/webgpu.ts'],
  outdir: 'dist/tfjs/node',
  bundle: true,
  splitting: true,
  minifySyntax: true,
  minifyWhitespace: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  // TensorFlow.js requires some modules of Node's when it first needs them.
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
  external: ['node-fetch'],
});

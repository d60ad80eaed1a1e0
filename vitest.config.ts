import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { lavapipeEnvironment, swiftshaderEnvironment } from './test/software-gpus.ts';

// Here, for the processes that the tests run in: a library path is read when a process starts.
Object.assign(process.env, swiftshaderEnvironment());

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** Tests of what SwiftShader has not. */
const FP16 = 'test/**/*-fp16.test.ts';
/** Tests of the built page, which takes longer to build than all the rest (test/built.ts). */
const PAGE = ['test/web/page.test.ts', 'test/commands/web.test.ts'];

export default defineConfig({
  resolve: { alias: { tsgpt: here('src/index.ts') } },
  test: {
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'], exclude: [FP16, ...PAGE] } },
      { extends: true, test: { name: 'fp16', include: [FP16], env: lavapipeEnvironment() } },
      { extends: true, test: { name: 'page', include: PAGE } },
    ],
    server: { deps: { external: [/\/dist\/tfjs\//] } }, // the bundle that the program loads too
    globalSetup: ['test/built.ts'],
    setupFiles: ['test/setup.ts'],
    // Nothing takes long where nothing else runs; this is for machines that are many times slower.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});

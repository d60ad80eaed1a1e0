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
/**
 * Tests that compute on a GPU. SwiftShader takes seconds for each program that it first sees, and many of them use the
 * same, so they take turns in a few processes. A file that loses its GPU on purpose is not among them.
 */
const GPU = [
  'test/backends/webgpu/{arena,clock,decoding,engine,program,tally,tensor-cores}.test.ts',
  'test/backends/webgpu/kernels/{attention,cross-entropy,mat-mul}.test.ts',
  'test/models/{causality,decoding,golden}.test.ts',
  'test/ops/{golden,ops,sample-tokens,update}.test.ts',
  'test/run/{ahead,memory-check,lora,resume}.test.ts',
  'test/training/{forecast,gradients}.test.ts',
];

export default defineConfig({
  resolve: { alias: { tsgpt: here('src/index.ts') } },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'all', include: ['test/**/*.test.ts'], exclude: [FP16, ...PAGE, ...GPU] },
      },
      { extends: true, test: { name: 'fp16', include: [FP16], env: lavapipeEnvironment() } },
      { extends: true, test: { name: 'page', include: PAGE } },
      {
        extends: true,
        test: {
          name: 'gpu',
          include: GPU,
          isolate: false,
          sequence: { groupOrder: 1 }, // one after the other, not between files of other projects
          setupFiles: ['test/ops/backends.ts'], // what it copies must be as it was before any backend is started
        },
      },
    ],
    server: { deps: { external: [/\/dist\/tfjs\//] } }, // the bundle that the program loads too
    globalSetup: ['test/built.ts'],
    setupFiles: ['test/setup.ts'],
    // Nothing takes long where nothing else runs; this is for machines that are many times slower.
    testTimeout: 480_000,
    hookTimeout: 480_000,
  },
});

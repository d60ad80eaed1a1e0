import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { lavapipeEnvironment, swiftshaderEnvironment } from './test/software-gpus.ts';

// Here, for the processes that the tests run in: a library path is read when a process starts.
Object.assign(process.env, swiftshaderEnvironment());

function here(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

/** Tests of the built page, which takes longer to build than all the rest (tools/keep-built.mjs). */
const PAGE = ['test/web/page.test.ts', 'test/commands/web.test.ts'];
/**
 * Tests that compute on a GPU. One that is a program takes seconds for each shader that it first sees, and many tests use
 * the same, so they take turns in a few processes. A file that loses its GPU on purpose is not among them.
 *
 * SwiftShader compiles large shaders many times faster than lavapipe, whose shaders then run many times faster: kernels are
 * tested on the one, whole models on the other, and so is what SwiftShader has not (float16).
 */
const GPU_KERNELS = [
  'test/backends/webgpu/{clock,program,tally,tensor-cores}.test.ts',
  'test/backends/webgpu/kernels/{attention,cross-entropy,mat-mul}.test.ts',
  'test/ops/{crf,ctc,frozen,golden,ops,update}.test.ts',
  'test/training/{frozen,gradients,recompute}.test.ts',
];
const GPU_MODELS = [
  'test/**/*-fp16.test.ts',
  'test/backends/webgpu/{arena,decoding,engine}.test.ts',
  'test/models/{causality,decoding,golden,seq2seq-golden,seq2seq-steps,tagger-golden,vae}.test.ts',
  'test/ops/sample-tokens.test.ts',
  'test/run/{ahead,lora,resume}.test.ts',
  'test/sampling/beam.test.ts',
];
/**
 * Tests that leave a process as they found it take turns in one, which saves loading everything anew for each. Those left out
 * do not, as transformers.js keeps its settings, a backend its kernels, a GPU that it does nothing and llama.cpp its threads, or
 * start other processes.
 */
const LIGHT =
  'test/{base,comparison,data,evaluation,formats,hub,layers,models,ops,optimizers,sampling,settings,tasks,text,tokenizers,training}' +
  '/**/!(killed|kernel|forecast|hub-settings|gguf|page-in-chromium).test.ts';
const shared = (groupOrder: number) => ({
  isolate: false,
  sequence: { groupOrder }, // not between files of other projects, which would end the process
  setupFiles: ['test/ops/backends.ts'], // what it copies must be as it was before any backend is started
});

export default defineConfig({
  resolve: { alias: { tsgpt: here('src/index.ts') } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'light',
          include: [LIGHT],
          exclude: [...PAGE, ...GPU_KERNELS, ...GPU_MODELS],
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'own',
          include: ['test/**/*.test.ts'],
          exclude: [...PAGE, ...GPU_KERNELS, ...GPU_MODELS, LIGHT],
        },
      },
      { extends: true, test: { name: 'page', include: PAGE } },
      { extends: true, test: { name: 'kernels', include: GPU_KERNELS, ...shared(1) } },
      {
        extends: true,
        test: { name: 'models', include: GPU_MODELS, env: lavapipeEnvironment(), ...shared(2) },
      },
    ],
    server: { deps: { external: [/\/dist\/(tfjs|commands)\//] } }, // as the program loads them
    globalSetup: ['tools/keep-built.mjs'],
    setupFiles: ['test/setup.ts'],
    // Nothing takes long where nothing else runs; this is for machines that are many times slower.
    testTimeout: 480_000,
    hookTimeout: 480_000,
  },
});

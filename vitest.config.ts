import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { swiftshaderEnvironment } from './test/swiftshader.ts';

// Here, for the processes that the tests run in: a library path is read when a process starts.
Object.assign(process.env, swiftshaderEnvironment());

export default defineConfig({
  resolve: { alias: { tsgpt: fileURLToPath(new URL('src/index.ts', import.meta.url)) } },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
